package charset

// The classes that tests name.
const (
	Kana   = kana
	Marks  = marks
	First  = first
	Second = second
)

// ClassesOf are the classes of one character as the two encodings of Japanese write it, and how many
// bytes of it each takes.
func ClassesOf(shiftJIS, eucJP []byte) (classes [2]class, sizes [2]int) {
	sizes[0], classes[0] = cutShiftJIS(shiftJIS)
	sizes[1], classes[1] = cutEUCJP(eucJP)
	return classes, sizes
}
