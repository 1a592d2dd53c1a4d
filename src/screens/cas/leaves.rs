//! How many certificates the CAs have that show: a request for each, so that only these are asked about.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    domain::{
        Failure,
        ca::{Ca, HostedType},
        ids::CaId,
    },
    flow::{Ask, Call, CallKey, Cx, Effect, Reply, ScreenId, Slot, list::scrolled, tree::TreeState},
    present::{Look, Tone, moment},
    ui::text::count,
};

/// CAs that are asked about in one call, so that the first counts show while others are on their way.
const BATCH: usize = 10;
/// A count is asked for again when the CAs were read anew and it is older than this many seconds.
const OLD: i64 = 300;
/// The widest count that is written out, cells.
const CELLS: usize = 6;

#[derive(Debug, Clone)]
struct Counted {
    at: Timestamp,
    count: Result<u64, Failure>,
}

/// The counts of a context.
#[derive(Debug, Default)]
pub struct Leaves {
    counts: HashMap<CaId, Counted>,
    asked: Vec<CaId>,
}

/// Whether a CA can have certificates that the service knows of: not when its key is elsewhere.
const fn has_count(ca: &Ca) -> bool {
    !matches!(ca.hosted_type, HostedType::External | HostedType::ThirdParty)
}

/// The CAs that show.
fn shown<'a>(tree: &'a TreeState, cx: &Cx<'_>) -> impl Iterator<Item = &'a Ca> {
    // Before its first frame the screen has as many rows as the terminal at most.
    let page = if cx.geometry.page == 0 { usize::from(cx.size.1) } else { cx.geometry.page };
    let first = scrolled(cx.geometry.first, tree.cursor(), tree.len(), page);
    (first..first.saturating_add(page)).map_while(|position| tree.row(position)).map(|(_, ca)| ca)
}

impl Leaves {
    /// Asks about the CAs that show and have no count, some at a time.
    pub fn ask(&mut self, tree: &TreeState, cx: &Cx<'_>) -> Option<Effect> {
        if cx.shown != ScreenId::Cas || !self.asked.is_empty() {
            return None;
        }
        let unknown = shown(tree, cx).filter(|ca| has_count(ca) && !self.counts.contains_key(&ca.id));
        self.asked = unknown.map(|ca| ca.id.clone()).take(BATCH).collect();
        let ask = || Call::Ask(Ask::LeafCounts(self.asked.clone()));
        (!self.asked.is_empty()).then(|| Effect::call(CallKey::Screen(ScreenId::Cas, Slot::Leaves), ask()))
    }

    /// Takes what a call brought.
    pub fn accept(&mut self, result: Result<Reply, Failure>, now: Timestamp) {
        let asked = std::mem::take(&mut self.asked);
        let counts = match result {
            Ok(Reply::LeafCounts(counts)) => counts,
            Ok(_) => Vec::new(),
            Err(failure) => asked.into_iter().map(|ca| (ca, Err(failure.clone()))).collect(),
        };
        self.counts.extend(counts.into_iter().map(|(ca, count)| (ca, Counted { at: now, count })));
    }

    /// The CAs were read anew: counts of earlier are asked for again.
    pub fn outdate(&mut self, now: Timestamp) {
        self.counts.retain(|_, counted| now.as_second().saturating_sub(counted.at.as_second()) < OLD);
    }

    /// The count in a cell: not known is never zero.
    pub fn cell(&self, ca: &Ca, look: &Look) -> (String, Tone) {
        match self.counts.get(&ca.id) {
            _ if !has_count(ca) => (moment::dash(look).to_owned(), Tone::Muted),
            None => (String::new(), Tone::Muted),
            Some(Counted { count: Err(_), .. }) => ("?".to_owned(), Tone::Stale),
            Some(Counted { count: Ok(leaves), .. }) => (short(*leaves), Tone::Text),
        }
    }

    /// The count in words, with its age, or why there is none; `None` before it was asked for.
    pub fn told(&self, ca: &Ca, look: &Look) -> Option<(String, Tone)> {
        let Counted { at, count: counted } = self.counts.get(&ca.id).filter(|_| has_count(ca))?;
        let age = moment::age(look.now.as_second().saturating_sub(at.as_second()).max(0));
        Some(match counted {
            Ok(leaves) => {
                let leaves = count(usize::try_from(*leaves).unwrap_or(usize::MAX));
                (format!("{leaves}, expired ones among them, {age} ago"), Tone::Text)
            }
            Err(failure) => (format!("not known: {failure}"), Tone::Stale),
        })
    }

    /// Whether a CA shows whose count was asked for and is not known.
    pub fn shows_unknown(&self, tree: &TreeState, cx: &Cx<'_>) -> bool {
        let is_unknown = |ca: &Ca| self.counts.get(&ca.id).is_some_and(|counted| counted.count.is_err());
        shown(tree, cx).any(is_unknown)
    }

    /// Seconds since the oldest count was read.
    pub fn age(&self, look: &Look) -> Option<i64> {
        let oldest = self.counts.values().map(|counted| counted.at).min()?;
        Some(look.now.as_second().saturating_sub(oldest.as_second()).max(0))
    }
}

/// A count in [`CELLS`] cells, in thousands or millions where it is too long.
fn short(leaves: u64) -> String {
    let whole = count(usize::try_from(leaves).unwrap_or(usize::MAX));
    match leaves {
        _ if whole.len() <= CELLS => whole,
        ..1_000_000 => format!("{} k", leaves / 1_000),
        _ => format!("{} M", count(usize::try_from(leaves / 1_000_000).unwrap_or(usize::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_counts_stay_in_their_cells() {
        let shown = [0, 9_120, 99_999, 123_456, 999_999, 1_000_000, 4_200_000_000].map(short);
        assert_eq!(shown, ["0", "9,120", "99,999", "123 k", "999 k", "1 M", "4,200 M"]);
    }
}
