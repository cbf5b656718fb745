//! TIM: how learning one task bears on another (spec section 5).

pub mod advice;
pub mod coalitions;
pub mod contributions;
pub mod mixing;
pub mod patient;
mod sentences;
pub mod tim;
