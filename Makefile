# Shorthands; the scripts are the truth.
.PHONY: run test build release format clean

run:
	./scripts/run

test:
	./scripts/test

build:
	swift build
	scripts/plugin-manifest .build/debug

release:
	swift build -c release
	scripts/plugin-manifest .build/release

format:
	swift format -i --recursive Sources Tests plugins

clean:
	swift package clean
