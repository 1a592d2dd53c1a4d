//! The state of the CA tree: what is folded, what shows, what is selected.

use std::collections::HashSet;

use super::{action::Action, list::moved};
use crate::domain::{
    ca::{
        Ca,
        forest::{Forest, Node},
    },
    ids::CaId,
};

use super::rows::Rows;

/// The hierarchy with its folds. Positions are those of the visible nodes.
#[derive(Debug, Clone, Default)]
pub struct TreeState {
    cas: Vec<Ca>,
    forest: Forest,
    visible: Vec<u32>,
    folded: HashSet<CaId>,
    matches: Option<HashSet<u32>>,
    flat: bool,
    cursor: usize,
    selected: Option<CaId>,
}

impl TreeState {
    /// Takes the CAs of a read; folds and selection stay.
    pub fn load(&mut self, rows: &Rows<Ca>) {
        self.cas = rows.iter().cloned().collect();
        self.forest = Forest::new(&self.cas);
        self.matches = None;
        self.rebuild();
    }

    /// All CAs, in the order of the service.
    pub fn cas(&self) -> &[Ca] {
        &self.cas
    }

    /// The hierarchy.
    pub const fn forest(&self) -> &Forest {
        &self.forest
    }

    /// Keeps the CAs for which `keep` holds, with all above them; `None` keeps all.
    pub fn filter(&mut self, keep: Option<&dyn Fn(&Ca) -> bool>) {
        self.matches = keep.map(|keep| {
            let mut kept = HashSet::new();
            for (at, node) in self.forest.nodes().iter().enumerate() {
                if self.cas.get(node.ca as usize).is_some_and(keep) {
                    let up = std::iter::once(at).chain(self.forest.ancestors(at));
                    for at in up {
                        if !kept.insert(u32::try_from(at).unwrap_or(u32::MAX)) {
                            break;
                        }
                    }
                }
            }
            kept
        });
        self.rebuild();
    }

    /// How many CAs match the filter, or all.
    pub fn matching(&self) -> usize {
        self.matches.as_ref().map_or_else(|| self.forest.nodes().len(), HashSet::len)
    }

    /// Tree or flat list.
    pub const fn is_flat(&self) -> bool {
        self.flat
    }

    /// Turns the flat list on or off.
    pub fn toggle_flat(&mut self) {
        self.flat = !self.flat;
        self.rebuild();
    }

    fn rebuild(&mut self) {
        let nodes = self.forest.nodes();
        self.visible.clear();
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            let index = u32::try_from(at).unwrap_or(u32::MAX);
            let shown = self.matches.as_ref().is_none_or(|kept| kept.contains(&index));
            if shown {
                self.visible.push(index);
            }
            let folded = !self.flat
                && self.matches.is_none()
                && self.cas.get(node.ca as usize).is_some_and(|ca| self.folded.contains(&ca.id));
            at += if folded || (!shown && !self.flat) { node.size.max(1) as usize } else { 1 };
        }
        if self.flat {
            let name =
                |i: &u32| nodes.get(*i as usize).and_then(|n| self.cas.get(n.ca as usize)).map(|ca| (&ca.name, &ca.id));
            self.visible.sort_by(|a, b| name(a).cmp(&name(b)));
        }
        let position = self.selected.as_ref().and_then(|id| self.position(id));
        self.cursor = position.unwrap_or(self.cursor).min(self.visible.len().saturating_sub(1));
    }

    fn position(&self, id: &CaId) -> Option<usize> {
        let is = |i: &u32| {
            self.forest
                .nodes()
                .get(*i as usize)
                .and_then(|n| self.cas.get(n.ca as usize))
                .is_some_and(|ca| ca.id == *id)
        };
        self.visible.iter().position(is)
    }

    /// Visible nodes.
    pub const fn len(&self) -> usize {
        self.visible.len()
    }

    /// True when nothing shows.
    pub const fn is_empty(&self) -> bool {
        self.visible.is_empty()
    }

    /// Position of the cursor.
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// The node and CA at a position.
    pub fn row(&self, position: usize) -> Option<(Node, &Ca)> {
        let node = self.forest.nodes().get(*self.visible.get(position)? as usize)?;
        self.cas.get(node.ca as usize).map(|ca| (*node, ca))
    }

    /// The selected CA.
    pub fn selected(&self) -> Option<(Node, &Ca)> {
        self.row(self.cursor)
    }

    /// Whether the CA's children are hidden.
    pub fn is_folded(&self, ca: &Ca) -> bool {
        self.folded.contains(&ca.id)
    }

    /// Moves to a position.
    pub fn go(&mut self, position: usize) {
        self.cursor = position.min(self.visible.len().saturating_sub(1));
        self.selected = self.selected().map(|(_, ca)| ca.id.clone());
    }

    /// Selects a CA by id, unfolding what hides it. Returns false when it is not here.
    pub fn select(&mut self, id: &CaId) -> bool {
        let found = self.forest.nodes().iter().position(|n| self.cas.get(n.ca as usize).is_some_and(|ca| ca.id == *id));
        let Some(at) = found else { return false };
        let above: Vec<CaId> = self
            .forest
            .ancestors(at)
            .filter_map(|at| self.forest.nodes().get(at))
            .filter_map(|n| self.cas.get(n.ca as usize))
            .map(|ca| ca.id.clone())
            .collect();
        for ca in above {
            self.folded.remove(&ca);
        }
        self.selected = Some(id.clone());
        self.rebuild();
        true
    }

    /// Moves, folds or unfolds. Returns false when the action is none of these.
    pub fn act(&mut self, action: Action, page: usize) -> bool {
        if let Some(position) = moved(self.cursor, self.len(), action, page) {
            self.go(position);
            return true;
        }
        let Some((node, ca)) = self.selected() else {
            return matches!(action, Action::Fold | Action::Unfold | Action::NextGroup | Action::PreviousGroup);
        };
        let (id, has_children, folded) = (ca.id.clone(), node.size > 1, self.is_folded(ca));
        match action {
            Action::Fold if has_children && !folded && !self.flat => {
                self.folded.insert(id);
                self.rebuild();
            }
            Action::Fold => {
                let parent = node.parent.and_then(|p| self.visible.iter().position(|v| *v == p));
                if let Some(parent) = parent {
                    self.go(parent);
                }
            }
            Action::Unfold if folded => {
                self.folded.remove(&id);
                self.rebuild();
            }
            Action::Unfold => {
                if has_children {
                    self.go(self.cursor + 1);
                }
            }
            Action::NextGroup => {
                let next = (self.cursor + 1..self.len()).find(|p| self.row(*p).is_some_and(|(n, _)| n.depth == 0));
                if let Some(next) = next {
                    self.go(next);
                }
            }
            Action::PreviousGroup => {
                let previous = (0..self.cursor).rev().find(|p| self.row(*p).is_some_and(|(n, _)| n.depth == 0));
                if let Some(previous) = previous {
                    self.go(previous);
                }
            }
            _ => return false,
        }
        self.selected = self.selected().map(|(_, ca)| ca.id.clone());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clean;

    fn tree() -> TreeState {
        let ca = |id: &str, issuer: Option<&str>| Ca {
            id: CaId::new(id),
            name: Clean::new(id),
            issuer: issuer.map(CaId::new),
            ..Ca::default()
        };
        let mut tree = TreeState::default();
        tree.load(&Rows::from(vec![
            ca("r1", None),
            ca("a", Some("r1")),
            ca("b", Some("a")),
            ca("c", Some("r1")),
            ca("r2", None),
        ]));
        tree
    }

    fn shown(tree: &TreeState) -> String {
        (0..tree.len()).filter_map(|p| tree.row(p)).map(|(_, ca)| ca.name.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn folds_keep_the_selection_visible() {
        let mut tree = tree();
        assert_eq!(shown(&tree), "r1 a b c r2");
        tree.go(2);
        tree.act(Action::Fold, 10);
        assert_eq!(tree.selected().map(|(_, ca)| ca.name.to_string()), Some("a".into()), "a leaf folds to its parent");
        tree.act(Action::Fold, 10);
        assert_eq!(shown(&tree), "r1 a c r2");
        tree.act(Action::NextGroup, 10);
        assert_eq!(tree.selected().map(|(_, ca)| ca.name.to_string()), Some("r2".into()));
        assert!(tree.select(&CaId::new("b")));
        assert_eq!((shown(&tree).as_str(), tree.cursor()), ("r1 a b c r2", 2));
        tree.filter(Some(&|ca: &Ca| ca.name == "b"));
        assert_eq!(shown(&tree), "r1 a b");
        tree.filter(None);
        tree.toggle_flat();
        assert_eq!(shown(&tree), "a b c r1 r2");
    }
}
