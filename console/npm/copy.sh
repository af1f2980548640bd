#!/bin/sh
# Copies the console's scripts and styles, as npm's lock file pins them, to
# console/static, where they are committed. make assets runs it; nothing else
# needs npm.
set -eu
cd "$(dirname "$0")/../.."
from=build/assets to=console/static

mkdir -p $from $to
cp console/npm/package.json console/npm/package-lock.json $from
npm --prefix $from ci --ignore-scripts --omit=peer --no-audit --no-fund --loglevel=error >&2

# Without the line that points to a source map: it isn't served.
copy() { sed -e '/^\/\/# sourceMappingURL=/d' -e 's|/\*# sourceMappingURL=[^*]*\*/||' "$from/node_modules/$1" > "$to/${1##*/}"; }
copy @tabler/core/dist/css/tabler.min.css
copy htmx.org/dist/htmx.min.js
copy htmx.org/dist/ext/hx-sse.min.js

# The page must work where nothing but Telefonist can be reached.
if grep -oE '(url\(|@import )["'"'"']?(https?:)?//[^)]*' $to/*.css; then
	echo "a style reaches outside" >&2
	exit 1
fi

# Packed, it is an eighth; it is unpacked for the rare browser that wants it so.
gzip -9nf $to/tabler.min.css

{
	echo "What console/static holds of others, with its terms."
	printf '\n== htmx.min.js, hx-sse.min.js: htmx 4.0.1 ==\n\n'
	cat $from/node_modules/htmx.org/LICENSE
	printf '\n== tabler.min.css.gz: Tabler 1.6.1, which holds styles of Bootstrap 5 ==\n\n'
	echo "Copyright 2018-2026 The Tabler Authors"
	echo "Copyright 2018-2026 codecalm.net Paweł Kuna"
	echo "Copyright 2011-2026 The Bootstrap Authors"
} > $to/LICENSES
