package spelling

// AppendCarefully is the way that any text can go under Loose.
func AppendCarefully(dst []byte, s string) (keys []byte, second int) { return appendCarefully(dst, s) }
