//! E-mails and SMS: what they say and how they leave.
