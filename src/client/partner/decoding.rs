//! A body that is decoded while it arrives, by as many threads as there are.
//!
//! Each takes the next block and decodes it as if a record began where it looks so, which is nearly always right. Then the
//! blocks are joined in their order; one where it was not so is decoded again.

use std::{
    collections::BTreeMap,
    iter,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use super::{
    batch::{Batch, Gathering},
    decoder::Decoder,
    splitter::{Splitter, guess},
};
use crate::client::{error::ClientError, limits, transport::Bytes};

/// A list that threads decode.
pub struct Decoding {
    decoder: Decoder,
    source: Mutex<Source>,
    joint: Mutex<Joint>,
    /// Bytes that are taken at once, if so many are here.
    block: usize,
}

/// The body that arrives.
struct Source {
    chunks: mpsc::Receiver<Result<Bytes, ()>>,
    /// Blocks that were taken.
    taken: usize,
}

/// Bytes of the body, and whether it ends with them.
#[derive(Default)]
struct Block {
    number: usize,
    chunks: Vec<Bytes>,
    is_last: bool,
}

/// What a block says from some byte on, if a record begins there.
struct Ahead {
    start: usize,
    splitter: Splitter,
    rows: Batch,
}

/// The body as far as it is read without a gap.
struct Joint {
    splitter: Splitter,
    fresh: Gathering,
    /// So many rows are handed over at once.
    due: usize,
    /// The block that comes next, and later ones.
    next: usize,
    waiting: BTreeMap<usize, (Block, Option<Ahead>)>,
}

impl Decoding {
    /// The pieces of a body until their end, which has to be told. They are taken in blocks of `block` bytes.
    pub fn new(decoder: Decoder, chunks: mpsc::Receiver<Result<Bytes, ()>>, block: usize) -> Self {
        let joint = Joint {
            splitter: Splitter::new(),
            fresh: decoder.gathering(),
            due: limits::FIRST_BATCH,
            next: 0,
            waiting: BTreeMap::new(),
        };
        Self { decoder, source: Mutex::new(Source { chunks, taken: 0 }), joint: Mutex::new(joint), block }
    }

    /// Decodes blocks until there is none any more, beside other threads that do so too. After an error no thread reads on.
    pub fn run(&self) -> Result<(), ClientError> {
        let mut fresh = self.decoder.gathering();
        while let Some(block) = self.take() {
            let ahead = self.ahead(&block, &mut fresh);
            let mut joint = locked(&self.joint);
            joint.waiting.insert(block.number, (block, ahead));
            joint.go_on(&self.decoder)?;
        }
        Ok(())
    }

    /// The next block; `None` at the end of the body. One thread waits for it, the others for that one.
    fn take(&self) -> Option<Block> {
        locked(&self.source).take(self.block)
    }

    /// Decodes a block by itself. Whatever is wrong with it is told by who reads it again.
    fn ahead(&self, block: &Block, fresh: &mut Gathering) -> Option<Ahead> {
        let (first, others) = block.chunks.split_first().filter(|_| block.number > 0)?;
        let start = guess(first)?;
        let mut splitter = Splitter::in_list();
        let mut parts = iter::once(first.get(start..)?).chain(others.iter().map(AsRef::as_ref));
        let read = parts.try_for_each(|bytes| self.decoder.push(&mut splitter, bytes, fresh));
        let rows = fresh.take();
        read.is_ok().then_some(Ahead { start, splitter, rows })
    }
}

impl Source {
    /// Waits for the next piece, and takes what is here of those behind it.
    fn take(&mut self, bytes: usize) -> Option<Block> {
        let mut block = Block { number: self.taken, ..Block::default() };
        let mut length = 0;
        let mut next = self.chunks.blocking_recv();
        while let Some(chunk) = next {
            match chunk {
                Ok(chunk) => {
                    length += chunk.len();
                    block.chunks.push(chunk);
                }
                Err(()) => block.is_last = true,
            }
            next = if length < bytes { self.chunks.try_recv().ok() } else { None };
        }
        self.taken += 1;
        (block.is_last || !block.chunks.is_empty()).then_some(block)
    }
}

impl Joint {
    /// Reads on as far as there are blocks; not beyond one with an error.
    fn go_on(&mut self, decoder: &Decoder) -> Result<(), ClientError> {
        while let Some((block, ahead)) = self.waiting.remove(&self.next) {
            self.block(&block, ahead, decoder)?;
            self.next += 1;
        }
        Ok(())
    }

    fn block(&mut self, block: &Block, ahead: Option<Ahead>, decoder: &Decoder) -> Result<(), ClientError> {
        let mut chunks = block.chunks.iter();
        if let Some(Ahead { start, splitter, rows }) = ahead
            && let Some((before, behind)) = chunks.next().and_then(|first| first.split_at_checked(start))
        {
            self.read(before, decoder)?;
            if self.splitter.append(splitter) {
                decoder.hand_over(self.fresh.take())?;
                decoder.hand_over(rows)?;
                chunks = [].iter();
            } else {
                self.read(behind, decoder)?;
            }
        }
        for chunk in chunks {
            self.read(chunk, decoder)?;
        }
        if block.is_last {
            self.splitter.finish()?;
            decoder.hand_over(self.fresh.take())?;
        }
        Ok(())
    }

    fn read(&mut self, bytes: &[u8], decoder: &Decoder) -> Result<(), ClientError> {
        decoder.push(&mut self.splitter, bytes, &mut self.fresh)?;
        if self.fresh.len() >= self.due {
            decoder.hand_over(self.fresh.take())?;
            self.due = limits::BATCH;
        }
        Ok(())
    }
}

/// A thread that panicked is told elsewhere.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
