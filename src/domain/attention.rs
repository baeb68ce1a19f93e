//! How a guild looks after its tickets beside its promises: who is reminded, relieved and paged.

use super::SupportDuration;

/// What a guild has set. By default nobody is reminded of anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attention {
    /// How long a claim lasts whose holder owes a reply.
    pub claim_lease: Option<Lease>,
}

/// How long somebody who claimed a ticket may stay silent, in the support time of the ticket's
/// policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// In all.
    pub length: SupportDuration,
    /// How long before the end they are warned; shorter than `length`.
    pub warning: SupportDuration,
}
