package io.github.venuekey

/**
 * Snapshots in memory, by compare-and-set; for tests, scripts, a program of one process. Gone with the process. Any number
 * of threads may use it.
 */
public class MemoryStore {
    private class Kept(val revision: Long, val text: String)

    // In the order in which the flows came.
    private val kept = LinkedHashMap<String, Kept>()

    /** Stores it if the stored revision is the one it follows; `false` if another one won. Give it to [drive]. */
    public fun save(snapshot: Snapshot): Boolean = synchronized(kept) {
        val id = snapshot.flowId
        if ((kept[id]?.revision ?: 0) != snapshot.expectedRevision) return false
        // Exposed to be kept in this process's memory only.
        kept[id] = Kept(snapshot.revision, snapshot.expose())
        true
    }

    /** The newest snapshot's text, for `Client.restore`; null if there is none. */
    public fun load(flowId: String): String? = synchronized(kept) { kept[flowId]?.text }

    /** Forgets the flow; nothing happens if there is none. */
    public fun delete(flowId: String) {
        synchronized(kept) { kept.remove(flowId) }
    }

    /** Every flow there is, oldest first. */
    public fun flowIds(): List<String> = synchronized(kept) { kept.keys.toList() }

    override fun toString(): String = "MemoryStore(${flowIds().size} flows)"
}
