//! TIM: how learning one task bears on another (spec section 5).

mod sentences;
pub mod tim;
