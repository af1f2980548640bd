// Package browser holds the tests that a person's eyes and hands would make: they
// start the whole program as its own process, with a simulated tenant beside it,
// open the console in headless Chromium, and go through it by real clicks. They
// have the build tag "browser"; make test runs them with Chromium from Debian and
// axe-core from npm.
//
// Every page is looked at in Swedish and English: axe-core must find nothing, the
// console must stay empty, and a picture of it is left in build/screenshots.
package browser
