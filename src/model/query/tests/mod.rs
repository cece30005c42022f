mod accepted;
mod fixture;
mod hidden;
mod properties;
mod qs;
mod refused;
