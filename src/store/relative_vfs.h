#pragma once

namespace palabre::store {

/// SQLite's own way to files, by the name under which it is registered: but a relative path stays
/// what it is. SQLite would make it absolute, and a process that was root may be kept from the
/// folders above the one that it works in.
const char* relative_vfs();

}  // namespace palabre::store
