#pragma once

#include <netlink/cache.h>
#include <netlink/netlink.h>

#include <memory>
#include <string_view>

#include "base/result.h"

namespace palabre::app {

/// A snapshot of a kernel table, in libnl's objects. Needs no privilege.
class KernelTable {
 public:
  /// Takes the snapshot: `allocate` is one of libnl's `rtnl_..._alloc_cache`; `what` names the
  /// table in the error sentence. Blocks for the kernel's answer, which is immediate.
  template <typename Allocate>
  static Result<KernelTable> dump(std::string_view what, Allocate allocate) {
    const std::unique_ptr<nl_sock, FreeSocket> socket(nl_socket_alloc());
    nl_cache* cache = nullptr;
    int status = socket ? nl_connect(socket.get(), NETLINK_ROUTE) : -NLE_NOMEM;
    if (status == 0) status = allocate(socket.get(), &cache);
    if (status != 0) return fail(not_told(what, status));
    return KernelTable(cache);
  }

  /// Calls `visit(Object*)` for each entry; `Object` is libnl's type of an entry.
  template <typename Object, typename Visit>
  void for_each(Visit visit) const {
    for (nl_object* object = nl_cache_get_first(cache_.get()); object != nullptr;
         object = nl_cache_get_next(object)) {
      visit(reinterpret_cast<Object*>(object));
    }
  }

 private:
  struct FreeSocket {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  struct FreeCache {
    void operator()(nl_cache* cache) const { nl_cache_free(cache); }
  };

  explicit KernelTable(nl_cache* cache) : cache_(cache) {}
  static Error not_told(std::string_view what, int status);

  std::unique_ptr<nl_cache, FreeCache> cache_;
};

}  // namespace palabre::app
