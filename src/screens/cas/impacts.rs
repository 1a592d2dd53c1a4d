//! What a revocation of a CA would touch, without a request: counted when it is asked for.

use std::collections::HashMap;

use crate::{
    domain::{
        Failure,
        ca::{decision::Operation, impact::Impact},
        ids::CaId,
    },
    flow::{Ask, Call, CallKey, Cx, Effect, Reply, ScreenId, Slot},
    present::{Tone, moment},
    screens::impact::Deed,
    ui::detail::Detail,
};

/// All counts of a context.
#[derive(Debug, Default)]
pub struct Impacts {
    counted: HashMap<CaId, Result<Box<Impact>, Failure>>,
    running: Option<CaId>,
}

impl Impacts {
    /// Counts for a CA; a count for another one that is under way ends.
    pub fn begin(&mut self, ca: &CaId) -> Effect {
        self.running = Some(ca.clone());
        Effect::call(CallKey::Screen(ScreenId::Cas, Slot::Impact), Call::Ask(Ask::Survey(ca.clone())))
    }

    /// Takes a count.
    pub fn accept(&mut self, result: Result<Reply, Failure>) {
        let Some(ca) = self.running.take() else { return };
        match result {
            Ok(Reply::Surveyed(impact)) => {
                self.counted.insert(ca, Ok(impact));
            }
            Ok(_) => {}
            Err(failure) => {
                self.counted.insert(ca, Err(failure));
            }
        }
    }

    /// What was counted for a CA; nothing before it was asked for.
    pub fn lines(&self, ca: &CaId, cx: &Cx<'_>) -> Vec<Detail> {
        let (running, counted) = (self.running.as_ref() == Some(ca), self.counted.get(ca));
        let note = match counted {
            _ if running => "counting…".to_owned(),
            Some(Ok(impact)) => {
                let age = cx.look.now.duration_since(impact.counted_at).as_secs().max(0);
                format!("{} ago · i again", moment::age(age))
            }
            Some(Err(_)) => "i again".to_owned(),
            None => return Vec::new(),
        };
        let mut out = vec![Detail::Gap, Detail::Heading("IF IT IS REVOKED", note)];
        match counted {
            Some(Ok(impact)) => {
                let deed = Deed { operation: Operation::RequestRevocation, reason: None };
                deed.told(impact, &cx.estate.ca_names, cx.look).lines(&mut out);
            }
            Some(Err(failure)) => out.push(Detail::Text(format!("! {failure}"), Tone::Critical)),
            None => {}
        }
        out
    }
}
