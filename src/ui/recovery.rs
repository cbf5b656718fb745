//! When the engine is lost: another one on the CPU, the same cohort opened again, and a running training gone on with from its last epoch.

use std::rc::Rc;

use leptos::prelude::*;

use crate::session::client::ClientError;
use crate::session::protocol::{DemoOptions, Pooling, Progress, Results};
use crate::study::Study;
use crate::ui::state::{PickedFile, Studio};

/// What the open cohort was made of, so that it can be opened again.
#[derive(Clone, Default)]
pub struct Origin {
    /// A generated cohort with its options.
    pub demo: Option<(String, DemoOptions)>,
    /// The files of any other.
    pub files: Vec<PickedFile>,
    /// Frozen encoders that were opened since, in their order.
    pub encoders: Vec<(Vec<PickedFile>, Pooling)>,
}

/// What hears of a training's progress, whichever engine it runs in.
pub type SharedProgress = Rc<dyn Fn(&Progress)>;

impl Studio {
    /// Trains; where the engine is lost on the way, the training goes on in another one on the CPU from its last epoch, or from the beginning
    /// where none had ended. An engine that is lost again before another epoch ended is not replaced a second time.
    pub(super) async fn train_to_the_end(
        &self,
        listener: SharedProgress,
    ) -> Result<Results, ClientError> {
        let listen = |listener: &SharedProgress| {
            let listener = listener.clone();
            Box::new(move |progress: &Progress| listener(progress)) as _
        };
        let client = self.client();
        // An older training's is no use to this one.
        client.take_checkpoint();
        let mut outcome = client.train(Some(listen(&listener))).await;
        let mut from_the_beginning = false;
        // The study may be edited while it is trained.
        let trained = self.study.get_untracked();
        while let Err(ClientError::Lost(reason)) = &outcome {
            let checkpoint = client.take_checkpoint();
            if checkpoint.is_none() && from_the_beginning {
                break;
            }
            from_the_beginning |= checkpoint.is_none();
            let epochs = self.training.with_untracked(|training| {
                let training = training.as_ref();
                training.map_or(0, |training| training.epochs.len())
            });
            let place = match checkpoint.is_some() {
                true => format!("goes on from epoch {epochs}"),
                false => "begins again".into(),
            };
            let told = format!(
                "The engine was lost on the way ({}). Training {place} on the CPU.",
                reason.trim_end_matches('.')
            );
            self.announce(told.clone());
            self.training.update(|training| {
                if let Some(training) = training {
                    training.interrupted = Some(told);
                    training.paused = false;
                }
            });
            let reason = "It replaces an engine that was lost.";
            self.reopen_with(reason, trained.clone()).await?;
            outcome = match checkpoint {
                Some(checkpoint) => client.train_on(&checkpoint, Some(listen(&listener))).await,
                None => client.train(Some(listen(&listener))).await,
            };
            let edited = self.study.get_untracked();
            if let Some(edited) = edited.filter(|edited| trained.as_ref() != Some(edited)) {
                client.set_study(document(&edited)?).await?;
            }
        }
        outcome
    }

    /// Starts another engine on the CPU in place of a lost one and opens cohort, encoders and study in it again. Models are lost with the old one.
    ///
    /// # Errors
    /// Where the new engine cannot be started or refuses what the old one took.
    pub async fn reopen(&self, reason: &str) -> Result<(), ClientError> {
        self.reopen_with(reason, self.study.get_untracked()).await
    }

    async fn reopen_with(&self, reason: &str, study: Option<Study>) -> Result<(), ClientError> {
        let client = self.client();
        let origin = self.origin();
        client.restart(reason);
        client.ready().await?;
        self.forget_results();
        if let Some((name, options)) = origin.demo {
            client.open_demo(name, options, None).await?;
        } else if !origin.files.is_empty() {
            let (paths, contents) = PickedFile::divided(&origin.files);
            let options = self.import_options();
            client.open_files(&contents, paths, options, None).await?;
        } else {
            return Ok(());
        }
        for (files, pooling) in origin.encoders {
            let (paths, contents) = PickedFile::divided(&files);
            client.open_encoder(&contents, paths, pooling, None).await?;
        }
        if let Some(study) = study {
            client.set_study(document(&study)?).await?;
        }
        Ok(())
    }
}

fn document(study: &Study) -> Result<serde_json::Value, ClientError> {
    serde_json::to_value(study).map_err(|error| ClientError::Unreadable(error.to_string()))
}
