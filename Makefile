# Two commands do all of their own set-up: make demo and make test.
# The others are for those who work on Telefonist; CONTRIBUTING.md explains them.

TEMPL = v0.3.977
SQLC  = v1.31.1
KILLS = 500
SEED  =
STEPS =
FUZZTIME = 20s
SPEED = 24

export CGO_ENABLED = 0

.PHONY: build demo test lint generate assets fuzz crash bench bench-peers live clean build/check

build:
	go build -trimpath -ldflags '-s -w' -o build/telefonist ./cmd/telefonist

demo:
	go run ./cmd/telefonist demo --data build/demo --speed $(SPEED)

test: build/check
	@exec build/check

lint: build/check
	@exec build/check lint

build/check:
	@go build -o build/check ./tools/check

# The generated code is committed; .ci/run checks that it is fresh.
generate: build/bin/templ-$(TEMPL) build/bin/sqlc-$(SQLC)
	cd console && ../build/bin/templ-$(TEMPL) generate -log-level warn
	cd store && ../build/bin/sqlc-$(SQLC) generate
	go test -count=1 -run TestSQLIsFresh . -update

build/bin/templ-$(TEMPL):
	GOBIN=$(CURDIR)/build/bin go install github.com/a-h/templ/cmd/templ@$(TEMPL)
	mv build/bin/templ $@

# sqlc's parser is PostgreSQL's own, in C: this needs a C compiler and minutes.
build/bin/sqlc-$(SQLC):
	CGO_ENABLED=1 GOBIN=$(CURDIR)/build/bin go install github.com/sqlc-dev/sqlc/cmd/sqlc@$(SQLC)
	mv build/bin/sqlc $@

# The console's scripts and styles, from npm by a lock file; committed.
assets:
	sh console/npm/copy.sh

# Each fuzz target for FUZZTIME; go takes one at a time.
fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed 's|/[^/]*:func | |' | \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
	done

crash:
	TELEFONIST_KILLS=$(KILLS) TELEFONIST_KILL_SEED=$(SEED) go test -count=1 -timeout 2h -tags crash -run Kill -v ./crash/...

# All steps, or some: make bench STEPS=crowd,storm
bench:
	go run ./bench -steps "$(STEPS)"

bench-peers:
	cd benchpeers && go run .

# Against Microsoft itself: set TELEFONIST_LIVE_TENANT, _CLIENT and _SECRET.
live:
	go test -count=1 -tags live -run TestClientOnMicrosoft -v ./graph

clean:
	rm -rf build
