#pragma once

namespace palabre::store {

/// The name of a registered VFS that is SQLite's default one, except that a relative path stays
/// relative. SQLite would make it absolute, and a process that gave up root may have no access to
/// the folders above its working folder. Null if it cannot be registered.
const char* relative_vfs();

}  // namespace palabre::store
