// Package embedded joins the embedded pipeline to the port [backend.Backend]: in a testing/synctest bubble, seeded and in virtual
// time, or outside of one on a manual clock.
package embedded
