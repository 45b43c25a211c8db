package cli

import "strings"

// The cells of a figure as text.
const textWidth, textHeight = 120, 40

// isText says whether a figure's file is to hold text.
func isText(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".txt") }
