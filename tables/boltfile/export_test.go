package boltfile

// MapSizes are the sizes of a map that are tried.
var MapSizes = mapSizes
