//! The hierarchy of CAs: every CA stands in it exactly once, whatever its issuer says.

use std::collections::HashSet;

use super::Ca;
use crate::domain::{Map, ids::CaId};

/// Why a node stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// No issuer, or itself.
    Root,
    /// Below its issuer.
    Child,
    /// Its issuer is not among the CAs that were read.
    Orphan,
    /// Its issuers lead back to itself; the link was cut here.
    Cycle,
}

/// A node of the flat pre-order array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Index of the CA in the slice that the forest was made from.
    pub ca: u32,
    /// Depth, 0 at the top.
    pub depth: u32,
    /// Nodes of the subtree, itself included.
    pub size: u32,
    /// Position of the parent in the array.
    pub parent: Option<u32>,
    /// Why it stands here.
    pub link: Link,
}

/// The hierarchy as a flat pre-order array: a subtree is the run `at..at + size`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forest {
    nodes: Vec<Node>,
    roots: usize,
}

impl Forest {
    /// Builds the hierarchy in O(n log n) without recursion. Siblings are ordered by name, then id; roots come first,
    /// then orphans, then cut cycles. A CA whose id occurs twice stands in it once.
    pub fn new(cas: &[Ca]) -> Self {
        let mut by_id: Map<&CaId, u32> = Map::default();
        by_id.reserve(cas.len());
        let mut unique = Vec::with_capacity(cas.len());
        for (index, ca) in (0_u32..).zip(cas) {
            if let std::collections::hash_map::Entry::Vacant(slot) = by_id.entry(&ca.id) {
                slot.insert(index);
                unique.push(index);
            }
        }
        unique.sort_by(|a, b| {
            let key = |i: &u32| cas.get(*i as usize).map(|ca| (&ca.name, &ca.id));
            key(a).cmp(&key(b))
        });

        let mut children: Map<u32, Vec<u32>> = Map::default();
        let mut parents: Vec<Option<u32>> = vec![None; cas.len()];
        let (mut roots, mut orphans) = (Vec::new(), Vec::new());
        for &index in &unique {
            let Some(ca) = cas.get(index as usize) else { continue };
            match &ca.issuer {
                None => roots.push(index),
                Some(issuer) if issuer.is_empty() || *issuer == ca.id => roots.push(index),
                Some(issuer) => match by_id.get(issuer) {
                    Some(&parent) => {
                        children.entry(parent).or_default().push(index);
                        if let Some(slot) = parents.get_mut(index as usize) {
                            *slot = Some(parent);
                        }
                    }
                    None => orphans.push(index),
                },
            }
        }

        let mut builder = Builder { nodes: Vec::with_capacity(unique.len()), placed: vec![false; cas.len()], children };
        let count = roots.len();
        for root in roots {
            builder.grow(root, Link::Root);
        }
        for orphan in orphans {
            builder.grow(orphan, Link::Orphan);
        }
        for index in unique {
            if !builder.is_placed(index) {
                builder.grow(first_of_cycle(index, &parents, cas), Link::Cycle);
            }
        }
        Self { nodes: builder.nodes, roots: count }
    }

    /// All nodes in pre-order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many roots there are; orphans and cut cycles are none.
    pub const fn roots(&self) -> usize {
        self.roots
    }

    /// Positions of the nodes above `at`, nearest first.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let parent = |at: usize| self.nodes.get(at).and_then(|node| node.parent).map(|p| p as usize);
        std::iter::successors(parent(at), move |at| parent(*at))
    }
}

/// The CA of the cycle above `start` that sorts first: there the cycle is cut, so that what hangs on it stays below it.
fn first_of_cycle(start: u32, parents: &[Option<u32>], cas: &[Ca]) -> u32 {
    let up = |at: u32| parents.get(at as usize).copied().flatten();
    let mut seen = HashSet::new();
    let mut on_cycle = start;
    while seen.insert(on_cycle) {
        let Some(parent) = up(on_cycle) else { return start };
        on_cycle = parent;
    }
    let members = std::iter::successors(Some(on_cycle), |at| up(*at).filter(|next| *next != on_cycle));
    members.min_by_key(|i| cas.get(*i as usize).map(|ca| (&ca.name, &ca.id))).unwrap_or(start)
}

struct Builder {
    nodes: Vec<Node>,
    placed: Vec<bool>,
    children: Map<u32, Vec<u32>>,
}

impl Builder {
    fn is_placed(&self, ca: u32) -> bool {
        self.placed.get(ca as usize).copied().unwrap_or(true)
    }

    fn place(&mut self, ca: u32, depth: u32, parent: Option<u32>, link: Link) -> Option<u32> {
        let placed = self.placed.get_mut(ca as usize)?;
        if std::mem::replace(placed, true) {
            return None;
        }
        let at = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Node { ca, depth, size: 1, parent, link });
        Some(at)
    }

    fn grow(&mut self, top: u32, link: Link) {
        let Some(at) = self.place(top, 0, None, link) else { return };
        let mut open = vec![(at, self.children.remove(&top).unwrap_or_default().into_iter())];
        while let Some((at, rest)) = open.last_mut() {
            let at = *at;
            let Some(ca) = rest.next() else {
                open.pop();
                self.close(at);
                continue;
            };
            let depth = u32::try_from(open.len()).unwrap_or(u32::MAX);
            if let Some(child) = self.place(ca, depth, Some(at), Link::Child) {
                open.push((child, self.children.remove(&ca).unwrap_or_default().into_iter()));
            }
        }
    }

    fn close(&mut self, at: u32) {
        let end = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.size = u32::try_from(end - at as usize).unwrap_or(u32::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clean;

    fn ca(id: &str, issuer: Option<&str>) -> Ca {
        Ca { id: CaId::new(id), name: Clean::new(id), issuer: issuer.map(CaId::new), ..Ca::default() }
    }

    fn shape(forest: &Forest, cas: &[Ca]) -> Vec<(String, u32, u32, Link)> {
        let name = |n: &Node| cas.get(n.ca as usize).map_or_else(String::new, |ca| ca.name.to_string());
        forest.nodes().iter().map(|n| (name(n), n.depth, n.size, n.link)).collect()
    }

    #[test]
    fn j13_every_ca_stands_in_the_forest_exactly_once() {
        let cas = [
            ca("root", None),
            ca("self", Some("self")),
            ca("b", Some("root")),
            ca("a", Some("root")),
            ca("leaf", Some("b")),
            ca("lost", Some("not-here")),
            ca("x", Some("y")),
            ca("y", Some("x")),
            ca("below", Some("y")),
            ca("a", Some("b")),
        ];
        let forest = Forest::new(&cas);
        let expected = [
            ("root", 0, 4, Link::Root),
            ("a", 1, 1, Link::Child),
            ("b", 1, 2, Link::Child),
            ("leaf", 2, 1, Link::Child),
            ("self", 0, 1, Link::Root),
            ("lost", 0, 1, Link::Orphan),
            ("x", 0, 3, Link::Cycle),
            ("y", 1, 2, Link::Child),
            ("below", 2, 1, Link::Child),
        ];
        let expected: Vec<_> = expected.map(|(name, depth, size, link)| (name.to_owned(), depth, size, link)).into();
        assert_eq!(shape(&forest, &cas), expected);
        assert_eq!(forest.roots(), 2);
        assert_eq!(forest.ancestors(3).collect::<Vec<_>>(), [2, 0]);
    }

    #[test]
    fn j13_depth_and_width_do_not_overflow_anything() {
        let chain: Vec<Ca> =
            (0..1_000).map(|i| ca(&format!("{i:06}"), (i > 0).then(|| format!("{:06}", i - 1)).as_deref())).collect();
        let forest = Forest::new(&chain);
        assert_eq!(forest.nodes().last().map(|n| n.depth), Some(999));
        assert_eq!(forest.nodes().first().map(|n| n.size), Some(1_000));

        let wide: Vec<Ca> =
            (0..100_000).map(|i| ca(&format!("{i:06}"), (i > 0).then(|| format!("{:06}", i / 7)).as_deref())).collect();
        assert_eq!(Forest::new(&wide).nodes().len(), 100_000);
        let cycle: Vec<Ca> =
            (0..50_000).map(|i| ca(&format!("{i:06}"), Some(&format!("{:06}", (i + 1) % 50_000)))).collect();
        assert_eq!(Forest::new(&cycle).nodes().len(), 50_000);
    }
}
