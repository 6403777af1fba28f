package spelling

func appendCompany(dst []byte, s string) (keys []byte, second int) {
	return appendLoose(dst, s)
}
