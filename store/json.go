package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/telefonist/telefonist/pbx"
)

// Maps of strings are the bulk of what is kept: people, subscribers, changes. They
// are written by hand, keys in order, so that equal maps have equal text and
// comparing texts tells whether anything changed; everything else is written by
// encoding/json.

var keysPool = sync.Pool{New: func() any { return new([]string) }}

// encodeMap is m as a JSON object with its keys in order, "" for an empty map.
func encodeMap[K ~string](m map[K]string) string {
	if len(m) == 0 {
		return ""
	}
	pooled := keysPool.Get().(*[]string)
	defer keysPool.Put(pooled)
	keys := (*pooled)[:0]
	size := 2
	for k, v := range m {
		keys = append(keys, string(k))
		size += len(k) + len(v) + 6
	}
	slices.Sort(keys)
	text := make([]byte, 0, size+size/8)
	text = append(text, '{')
	for i, k := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendString(text, k)
		text = append(text, ':')
		text = appendString(text, m[K(k)])
	}
	*pooled = keys
	return string(append(text, '}'))
}

const digits = "0123456789abcdef"

func appendString(text []byte, s string) []byte {
	text = append(text, '"')
	if plain(s) {
		return append(append(text, s...), '"')
	}
	for _, r := range s { // an invalid byte arrives as U+FFFD
		switch {
		case r == 0:
		case r == '"' || r == '\\':
			text = append(text, '\\', byte(r))
		case r == '\n':
			text = append(text, '\\', 'n')
		case r < 0x20:
			text = append(text, '\\', 'u', '0', '0', digits[r>>4], digits[r&15])
		default:
			text = utf8.AppendRune(text, r)
		}
	}
	return append(text, '"')
}

// plain is true for text that needs no escape.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		b := s[i]
		if b < 0x20 || b == '"' || b == '\\' {
			return false
		}
		ascii = ascii && b < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(s)
}

// decodeMap reads what encodeMap wrote. The values share the text's memory.
func decodeMap[K ~string](text string) (map[K]string, error) {
	m := make(map[K]string, strings.Count(text, `":"`))
	if text == "" {
		return m, nil
	}
	rest := text
	for more := strings.HasPrefix(rest, `{"`); more; {
		var k, v string
		var ok bool
		if k, rest, ok = cutString(rest[1:]); !ok || !strings.HasPrefix(rest, `:"`) {
			return nil, fmt.Errorf("stored object is damaged at byte %d", len(text)-len(rest))
		}
		if v, rest, ok = cutString(rest[1:]); !ok {
			return nil, fmt.Errorf("stored object is damaged at byte %d", len(text)-len(rest))
		}
		m[K(k)] = v
		more = strings.HasPrefix(rest, `,"`)
	}
	if rest != "}" && text != "{}" {
		return nil, fmt.Errorf("stored object is damaged at byte %d", len(text)-len(rest))
	}
	return m, nil
}

// cutString takes the JSON string at the beginning of text.
func cutString(text string) (s, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", text, false
	}
	escaped := false
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if !escaped {
				return text[1:i], text[i+1:], true
			}
			err := json.Unmarshal([]byte(text[:i+1]), &s)
			return s, text[i+1:], err == nil
		}
	}
	return "", text, false
}

// encode is v as JSON, "" for its zero value where that can be told.
func encode[T any](v T) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return string(text), nil
}

// encodeList is a list as JSON, "" for an empty one.
func encodeList[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	return encode(list)
}

// decode reads what encode wrote; "" is the zero value.
func decode[T any](text string) (v T, err error) {
	err = decodeOver(text, &v)
	return v, err
}

// decodeOver reads what encode wrote; v keeps what the text does not say.
func decodeOver[T any](text string, v *T) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("stored value is damaged: %w", err)
	}
	return nil
}

// encodeReason is a reason as JSON, "" for none; its arguments are in order.
func encodeReason(r pbx.Reason) string {
	if r.Code == "" && len(r.Args) == 0 {
		return ""
	}
	text := appendString([]byte(`{"code":`), r.Code)
	if len(r.Args) > 0 {
		text = append(append(text, `,"args":`...), encodeMap(r.Args)...)
	}
	return string(append(text, '}'))
}
