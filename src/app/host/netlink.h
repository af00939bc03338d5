#pragma once

#include <netlink/cache.h>
#include <netlink/netlink.h>

#include <memory>
#include <string_view>

#include "base/result.h"

namespace palabre::app {

/// One of the kernel's tables as it was at one moment, in libnl's objects. It takes no privilege.
class KernelTable {
 public:
  /// Asks for it: `allocate` is one of libnl's `rtnl_..._alloc_cache`; `what` is for the sentence
  /// of the error. The kernel answers at once, and the answer is waited for.
  template <typename Allocate>
  static Result<KernelTable> ask(std::string_view what, Allocate allocate) {
    const std::unique_ptr<nl_sock, FreeSocket> socket(nl_socket_alloc());
    nl_cache* cache = nullptr;
    int status = socket ? nl_connect(socket.get(), NETLINK_ROUTE) : -NLE_NOMEM;
    if (status == 0) status = allocate(socket.get(), &cache);
    if (status != 0) return fail(not_told(what, status));
    return KernelTable(cache);
  }

  /// Calls `visit(Object*)` for each; `Object` is what the table is made of.
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
