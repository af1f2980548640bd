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
copy @tabler/core/dist/js/tabler.min.js
copy htmx.org/dist/htmx.min.js
copy htmx.org/dist/ext/hx-sse.min.js

# The page must work where nothing but Telefonist can be reached.
if grep -oE '(url\(|@import )["'"'"']?(https?:)?//[^)]*' $to/*.css; then
	echo "a style reaches outside" >&2
	exit 1
fi

{
	echo "What console/static holds of others, with its terms."
	printf '\n== htmx.min.js, hx-sse.min.js: htmx 4.0.1 ==\n\n'
	cat $from/node_modules/htmx.org/LICENSE
	printf '\n== tabler.min.css, tabler.min.js: Tabler 1.6.1 ==\n'
	printf 'tabler.min.js holds Bootstrap 5 and Popper 2, tabler.min.css Bootstrap'"'"'s styles.\n\n'
	echo "Copyright 2018-2026 The Tabler Authors"
	echo "Copyright 2018-2026 codecalm.net Paweł Kuna"
	echo "Copyright 2011-2026 The Bootstrap Authors"
	sed '1,2d' $from/node_modules/@popperjs/core/LICENSE.md
} > $to/LICENSES
