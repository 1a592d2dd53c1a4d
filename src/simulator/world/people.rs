//! Users of the accounts.

use serde::Deserialize;

use crate::simulator::noise::wide;

#[derive(Clone, Debug, Deserialize)]
pub(in crate::simulator) struct Person {
    pub(in crate::simulator) name: String,
    #[serde(rename = "type")]
    pub(in crate::simulator) kind: String,
    pub(in crate::simulator) email: String,
    pub(in crate::simulator) first: String,
    pub(in crate::simulator) last: String,
    /// Role word, empty for none.
    pub(in crate::simulator) role: String,
    #[serde(skip)]
    pub(in crate::simulator) id: u128,
}

pub(in crate::simulator) fn build(seed: u64) -> Vec<Person> {
    let people: Vec<Person> =
        serde_json::from_str(include_str!("../../../assets/simulator/people.json")).unwrap_or_default();
    (0u64..).zip(people).map(|(n, person)| Person { id: wide(seed, "user", n), ..person }).collect()
}
