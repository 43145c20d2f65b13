import Venuekey
import VenuekeyConformance

await conformanceProgram { FileStore(path: $0) }
