//! Which account of DigiCert ONE is read, where a key reaches several (`X-DC-AccountId`).

use super::{App, Overlay};
use crate::{
    domain::{Clean, ids::AccountId, text::escape},
    flow::Effect,
    screens::Notice,
};

impl App {
    /// Asks once for the account when the key reaches several and none is chosen; not over what somebody is typing.
    pub(super) fn offer_accounts(&mut self) {
        let open = !self.offered && self.setting.place.account.is_none() && self.accounts().len() > 1;
        // Nothing comes between the user and a countdown: Esc has to stop it.
        if open && self.overlays.is_empty() && self.typed.is_empty() && self.review.is_none() {
            self.offered = true;
            self.choose_account();
        }
    }

    /// Lets the user pick an account.
    pub(super) fn choose_account(&mut self) -> Vec<Effect> {
        let why = match self.accounts() {
            [] => "It is not known yet which accounts the DigiCert ONE key reaches.",
            [_] => "The DigiCert ONE key reaches one account.",
            accounts => {
                let overlay = Overlay::accounts(accounts, self.setting.place.account.as_ref());
                self.overlays.push(overlay);
                return Vec::new();
            }
        };
        self.notice = Some(Notice::said(why));
        Vec::new()
    }

    /// Reads the account of this id or name from now on, for this run, and shows the line that makes it last.
    pub(super) fn take_account(&mut self, wanted: &str) -> Vec<Effect> {
        let is = |text: &str| !text.is_empty() && text.eq_ignore_ascii_case(wanted);
        let found = self.accounts().iter().find(|(id, name)| is(id.as_str()) || is(name)).cloned();
        let Some((id, name)) = found else {
            let text = format!("the DigiCert ONE key reaches no account {}; :account lists them", escape(wanted));
            self.notice = Some(Notice::fault(text));
            return Vec::new();
        };
        let mut place = self.setting.place.clone();
        place.account = Some(Clean::new(id.as_str()));
        if let Some(listed) = self.setting.places.iter_mut().find(|listed| listed.name == place.name) {
            *listed = place.clone();
        }
        let effects = self.move_to(place);
        let shown = if name.is_empty() { id.to_string() } else { name.to_string() };
        self.notice = Some(Notice::said(format!("Now in the account {shown}. Nothing of another one is shown.")));
        self.overlays.push(Overlay::account_line(&line(&id)));
        effects
    }

    fn accounts(&self) -> &[(AccountId, Clean)] {
        self.estate.one_user.one().map_or(&[], |user| &user.accounts)
    }
}

/// The line of the configuration; an id that is no plain text stands in it as TOML writes it.
fn line(id: &AccountId) -> String {
    let quoted = id.as_str().replace('\\', "\\\\").replace('"', "\\\"");
    format!("account_id = \"{quoted}\"")
}
