//! The names of all CAs, so that one is told from the others without going over them each time.

use std::collections::hash_map::Entry;

use super::Ca;
use crate::domain::{Clean, Map, ids::CaId, lookalike};

/// The names of a list of CAs by id, by themselves, and by what they are read as at a glance. Made once per list, in one
/// pass; each question is a few look-ups, however many CAs there are.
#[derive(Debug, Clone, Default)]
pub struct Names {
    known: Map<CaId, Clean>,
    by_id: Map<Box<str>, Few>,
    by_name: Map<Box<str>, Few>,
    by_look: Map<Box<str>, Few>,
}

/// The first two CAs of a list: one of them is another than any given one, if there is another at all.
#[derive(Debug, Clone)]
struct Few {
    first: CaId,
    second: Option<CaId>,
}

impl Names {
    /// The names of `cas`.
    pub fn of<'a>(cas: impl IntoIterator<Item = &'a Ca>) -> Self {
        let mut made = Self::default();
        for ca in cas {
            add(&mut made.by_id, ca.id.as_str().into(), &ca.id);
            add(&mut made.by_name, ca.name.as_str().into(), &ca.id);
            add(&mut made.by_look, look(&ca.name).into(), &ca.id);
            made.known.entry(ca.id.clone()).or_insert_with(|| ca.name.clone());
        }
        made
    }

    /// True when no CA is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The name of a CA.
    pub fn get(&self, ca: &CaId) -> Option<&Clean> {
        self.known.get(ca)
    }

    /// A CA that has this name and is not `own`.
    pub fn other_named(&self, name: &str, own: &CaId) -> Option<&CaId> {
        self.by_name.get(name)?.other(own)
    }

    /// A CA whose name is read at a glance like that of `own`.
    pub fn twin(&self, own: &Ca) -> Option<&CaId> {
        self.by_look.get(look(&own.name).as_str())?.other(&own.id)
    }

    /// What has to be typed for a CA: its name as it is shown, or its id where another CA is shown by the same name or
    /// has it as its id, or where it has none.
    pub fn phrase<'a>(&self, ca: &'a Ca) -> &'a str {
        let name = ca.name.as_str();
        let is_id = || self.by_id.get(name).is_some_and(|few| few.other(&ca.id).is_some());
        if name.trim().is_empty() || self.other_named(name, &ca.id).is_some() || is_id() {
            ca.id.as_str()
        } else {
            name
        }
    }
}

impl Few {
    fn other(&self, own: &CaId) -> Option<&CaId> {
        if self.first == *own { self.second.as_ref() } else { Some(&self.first) }
    }
}

fn add(to: &mut Map<Box<str>, Few>, text: Box<str>, id: &CaId) {
    match to.entry(text) {
        Entry::Vacant(slot) => {
            slot.insert(Few { first: id.clone(), second: None });
        }
        Entry::Occupied(mut slot) => {
            let few = slot.get_mut();
            if few.second.is_none() && few.first != *id {
                few.second = Some(id.clone());
            }
        }
    }
}

/// What a text is read as at a glance: look-alikes of UTS 39, case, and the ASCII letters that resemble others.
pub fn look(text: &str) -> String {
    let same = |c: char| match c {
        '0' => 'o',
        '1' | 'i' | '|' => 'l',
        other => other,
    };
    let mut out = String::with_capacity(text.len());
    let mut put = |c: char| {
        if !c.is_whitespace() {
            out.push(same(c));
        }
    };
    for c in text.chars() {
        // No ASCII letter is in the table of look-alikes.
        match if c.is_ascii() { None } else { lookalike::of(c) } {
            Some(ascii) => ascii.chars().for_each(&mut put),
            None => c.to_lowercase().for_each(&mut put),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ca(id: &str, name: &str) -> Ca {
        Ca { id: CaId::new(id), name: name.into(), ..Ca::default() }
    }

    #[test]
    fn another_ca_is_found_by_name_and_by_look_and_never_the_same_one() {
        let cas = [ca("a", "Issuing 1"), ca("b", "lssu1ng l"), ca("c", "Other"), ca("c", "Other"), ca("d", "c")];
        let names = Names::of(&cas);
        assert_eq!(names.twin(&cas[0]), Some(&CaId::new("b")));
        assert_eq!(names.twin(&cas[1]), Some(&CaId::new("a")));
        assert_eq!((names.twin(&cas[2]), names.other_named("Other", &CaId::new("c"))), (None, None));
        assert_eq!(names.other_named("Other", &CaId::new("a")), Some(&CaId::new("c")));
        assert_eq!(cas.each_ref().map(|ca| names.phrase(ca)), ["Issuing 1", "lssu1ng l", "Other", "Other", "d"]);
        assert_eq!(names.get(&CaId::new("b")).map(Clean::as_str), Some("lssu1ng l"));
    }

    /// Counted in the records that are looked at, since a time would be one of the machine.
    #[test]
    fn a_list_is_gone_over_once_and_a_question_goes_over_none_of_it() {
        let cas: Vec<Ca> = (0..20_000).map(|i| ca(&format!("{i:06}"), "One name")).collect();
        let mut seen = 0;
        let names = Names::of(cas.iter().inspect(|_| seen += 1));
        assert_eq!(seen, cas.len());
        // What an answer could go over: two CAs at most, though all of them have the name.
        let held =
            names.by_name.values().chain(names.by_look.values()).map(|few| 1 + usize::from(few.second.is_some()));
        assert_eq!(held.sum::<usize>(), 4);
        assert_eq!(names.phrase(&cas[0]), "000000");
        assert_eq!(names.twin(&cas[0]), Some(&CaId::new("000001")));
    }
}
