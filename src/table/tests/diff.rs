//! What is other between two tables.

use super::*;
use crate::table::{Diff, Differences};

#[test]
fn rows_are_added_gone_or_changed_by_their_key() {
    let before = of(b"id,name,till\n1,a,2026\n2,b,2026\n3,c,2026\n3,c,2027\n");
    // Columns in another order, one more, and rows in another order.
    let after = of(b"name,till,id,new\nb,2027,2,x\na,2026,1,x\nd,2026,4,x\nc,2026,3,x\n");
    let diff = Diff { before, after, key: vec!["ID".to_owned()] };
    let found = diff.run(&Stop::default()).unwrap();
    assert_eq!(found, Differences { added: vec![2], gone: vec![3], changed: vec![(1, 0)] });
    let error = Diff { key: vec!["nr".to_owned()], ..diff }.run(&Stop::default()).unwrap_err();
    assert_eq!(error.to_string(), "no column \"nr\"; there are: id name till");
}
