//! Finished trainings of the measures of task interaction, kept by the browser so that they outlive a reload: scores only, nothing of a patient.

use web_sys::Storage;

use crate::session::protocol::TrainedCoalition;

/// What stands before the names of these entries in the browser's storage.
const PREFIX: &str = "m3h-tim-";

/// The trainings of one study on the same patients. A browser that keeps nothing (a private window, a full store) costs the trainings of a reload and
/// nothing else.
#[derive(Clone)]
pub struct Kept {
    storage: Option<Storage>,
    key: String,
}

impl Kept {
    /// Of a fingerprint ([`crate::session::protocol::TimPlan`]).
    pub fn of(fingerprint: &str) -> Self {
        let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
        Self {
            storage,
            key: format!("{PREFIX}{fingerprint}"),
        }
    }

    /// The finished trainings.
    pub fn trainings(&self) -> Vec<TrainedCoalition> {
        let text = (self.storage.as_ref()).and_then(|storage| storage.get_item(&self.key).ok()?);
        text.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Adds a training.
    pub fn add(&self, trained: &TrainedCoalition) {
        let mut all = self.trainings();
        all.push(trained.clone());
        if let (Some(storage), Ok(text)) = (&self.storage, serde_json::to_string(&all))
            && storage.set_item(&self.key, &text).is_err()
        {
            web_sys::console::warn_1(
                &"M3H Studio: the browser keeps no further trainings; a reload would lose this one.".into(),
            );
        }
    }
}
