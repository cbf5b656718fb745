//! TIM: how learning one task bears on another (spec section 5).

pub mod advice;
pub mod coalitions;
mod sentences;
pub mod tim;
