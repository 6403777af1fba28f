// Package apitest runs a whole service for tests: real store and queue in a folder of the
// test, the real API behind a real listener.
//
// Its nouns: Settings are what a test may want otherwise; a Service is the running one,
// with its keys, and is stopped when the test ends. Tests of the API and of the page use
// it, so that none of them talks to a double of our own interface.
package apitest
