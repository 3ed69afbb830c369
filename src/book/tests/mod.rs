mod bad;
mod fixture;
mod good;
