//! What the wire says of a request that changes something, and what follows from that.

use crate::domain::{Clean, Failure};

/// How the one exchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No byte of the request has left this machine.
    NotSent(Failure),
    /// An answer was read to its end.
    Answered(Answer),
    /// Something may have left, and no whole answer came.
    Lost(Failure),
}

/// An answer, as far as it counts here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Whether the table of paths names that code as one of success.
    pub listed: bool,
    /// What kind of body it has.
    pub shape: Shape,
    /// What the service says, for people.
    pub said: Clean,
}

/// The kind of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// None at all.
    Empty,
    /// A JSON object with the id of the thing that was changed or made.
    Record,
    /// One of the error objects of DigiCert (contract `behaviour.md`, "Errors").
    Error,
    /// Anything else: HTML, text, other JSON.
    Other,
}

/// What is known after the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing left this machine.
    NotSent,
    /// The service says no.
    Refused,
    /// The service says yes.
    Ok,
    /// It may have been carried out or not.
    Unknown,
}

impl Class {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Ok => "ok",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`Class::word`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::NotSent, Self::Refused, Self::Ok, Self::Unknown].into_iter().find(|class| class.word() == word)
    }
}

impl Outcome {
    /// What is known.
    ///
    /// A yes is 204 without a body, or a code of success with a record. A no is 4xx with an error object of DigiCert,
    /// but not 408, which a gateway gives for a request that it has passed on. Everything else may be either.
    pub const fn class(&self) -> Class {
        match self {
            Self::NotSent(_) => Class::NotSent,
            Self::Lost(_) => Class::Unknown,
            Self::Answered(answer) => match (answer.status, answer.shape) {
                (204, Shape::Empty) | (200..=299, Shape::Record) if answer.listed => Class::Ok,
                (408, _) => Class::Unknown,
                (400..=499, Shape::Error) => Class::Refused,
                _ => Class::Unknown,
            },
        }
    }

    /// What happened, one line.
    pub fn words(&self) -> Clean {
        match self {
            Self::NotSent(why) | Self::Lost(why) => why.title.clone(),
            Self::Answered(Answer { status, said, .. }) if said.is_empty() => {
                format!("the service answered {status}").into()
            }
            Self::Answered(Answer { status, said, .. }) => format!("the service answered {status}: {said}").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FailureKind;

    #[test]
    fn only_a_204_or_a_record_is_a_yes_and_only_an_error_object_a_no() {
        let class = |status, shape| {
            let listed = matches!(status, 200 | 201 | 204);
            Outcome::Answered(Answer { status, listed, shape, said: Clean::default() }).class()
        };
        let lost = Failure::new(FailureKind::Network, "cut");
        assert_eq!(Outcome::NotSent(lost.clone()).class(), Class::NotSent);
        assert_eq!(Outcome::Lost(lost).class(), Class::Unknown);
        for status in 100..=599 {
            for shape in [Shape::Empty, Shape::Record, Shape::Error, Shape::Other] {
                let expected = match (status, shape) {
                    (204, Shape::Empty) | (200 | 201 | 204, Shape::Record) => Class::Ok,
                    (408, _) => Class::Unknown,
                    (400..=499, Shape::Error) => Class::Refused,
                    _ => Class::Unknown,
                };
                assert_eq!(class(status, shape), expected, "{status} {shape:?}");
            }
        }
        let answer = Answer { status: 204, listed: false, shape: Shape::Empty, said: Clean::default() };
        assert_eq!(Outcome::Answered(answer).class(), Class::Unknown, "a table that does not name 204");
    }
}
