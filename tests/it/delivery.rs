//! What is said arrives once, whatever happens on the way.
