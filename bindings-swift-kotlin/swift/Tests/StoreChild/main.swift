import Venuekey
import VenuekeyConformance

await conformanceProgram { FileStore(path: $0) }  // yours, in place of FileStore
