//! Which rows of the outbox go out together.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::domain::Timestamp;
use crate::domain::parcel::{Content, Item, Parcel};
use crate::store::{LeaseRow, StoreError, Writing};

/// How many alerts one message tells of. What falls due together is one message, however much it
/// is; those that find no room in its 2,000 characters are counted in its last line. The bound only
/// keeps one parcel from filling the memory.
const MOST_ITEMS: u32 = 1_000;

/// How long a lease lasts. The process that took it holds the database's lock, so the lease is void
/// as soon as that process has ended; the end is for whoever reads the table.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// What the outbox can take on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Lanes that have a parcel under way.
    pub(crate) busy: HashSet<String>,
    /// How many parcels more.
    pub(crate) parcels: u32,
}

/// What was leased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lease {
    /// The parcels, each with its lane.
    pub(crate) parcels: Vec<(String, Parcel)>,
    /// When more may be leased from lanes that are not busy.
    pub(crate) next_at: Option<Timestamp>,
}

/// Leases what may be said at `now`, one parcel of each lane that is not busy.
pub(super) async fn lease(
    writing: &mut Writing<'_>,
    room: &Room,
    now: Timestamp,
) -> Result<Lease, StoreError> {
    writing.follow_clock(now).await?;
    let (rows, next_at) = writing
        .list_leasable(&room.busy, now, room.parcels, MOST_ITEMS)
        .await?;
    let parcels = pack(&rows);
    if !parcels.is_empty() {
        let rows: Vec<(i64, i64)> = parcels
            .iter()
            .flat_map(|(_, parcel)| {
                let ids = parcel.items.iter().map(|item| item.outbox_id);
                ids.map(|id| (id, parcel.parcel_id))
            })
            .collect();
        let until = now.checked_add_signed(LEASE).unwrap_or(now);
        writing.lease(&rows, now, until).await?;
    }
    Ok(Lease { parcels, next_at })
}

/// One parcel per lane, out of rows that come lane by lane, oldest first. A parcel that went out
/// before goes out again as it was; otherwise the alerts that stand first go together, and anything
/// else goes alone.
fn pack(rows: &[LeaseRow]) -> Vec<(String, Parcel)> {
    let lanes = rows.chunk_by(|one, next| one.lane == next.lane);
    lanes.filter_map(pack_lane).collect()
}

fn pack_lane(rows: &[LeaseRow]) -> Option<(String, Parcel)> {
    let first = rows.first()?;
    let is_alert = |row: &LeaseRow| matches!(row.content, Content::Alert { .. });
    let together = first.parcel_id.is_some() || is_alert(first);
    let most = if together { rows.len() } else { 1 };
    let packed = rows
        .iter()
        .take(most)
        .take_while(|row| row.parcel_id == first.parcel_id && is_alert(row) == is_alert(first));
    let mut parcel = Parcel {
        parcel_id: first.parcel_id.unwrap_or(first.outbox_id),
        items: Vec::new(),
        uncertain: false,
    };
    for row in packed {
        parcel.uncertain |= row.uncertain;
        parcel.items.push(Item {
            outbox_id: row.outbox_id,
            guild: row.guild,
            content: row.content.clone(),
            attempts: row.attempts,
        });
    }
    Some((first.lane.clone(), parcel))
}
