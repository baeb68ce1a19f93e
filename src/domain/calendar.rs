//! Support hours.
