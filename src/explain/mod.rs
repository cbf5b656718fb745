//! TIM: how learning one task bears on another (spec section 5). Only measuring needs the engine; what is made of the measurements also runs in the page.

pub mod advice;
pub mod agreement;
pub mod coalitions;
#[cfg(feature = "engine")]
pub mod contributions;
#[cfg(feature = "engine")]
pub mod mixing;
pub mod order;
#[cfg(feature = "engine")]
pub mod patient;
#[cfg(feature = "engine")]
mod sentences;
#[cfg(feature = "engine")]
pub mod tim;
