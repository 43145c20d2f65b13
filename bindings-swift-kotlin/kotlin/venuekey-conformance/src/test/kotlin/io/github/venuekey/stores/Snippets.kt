package io.github.venuekey.stores

/** The documents' suite for a store of one's own, compiled: tests/project/test_snippets.py looks for it here, to the letter. */
@Suppress("unused", "ktlint")
private fun suite(newEmptyDatabase: () -> String, MyStore: (String) -> Store) {
    class MyStoreTest : StoreConformance() {
        override fun newPlace() = newEmptyDatabase()            // text, for other processes too: a path, a URL
        override fun openStore(place: String) = MyStore(place)
    }
}
