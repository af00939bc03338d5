#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/bucket_table.h"
#include "base/network.h"
#include "base/time.h"
#include "chat/identity.h"
#include "chat/member.h"

namespace palabre::chat {

/// A shared resource that strangers could use up.
enum class Good {
  kKey,         ///< a place among the members
  kNick,        ///< another nickname, which is a record for good
  kRoomOpened,  ///< a room that was not open
  kRoomKept,    ///< the first message of a room, which takes a place in the store
  kDirect,      ///< a room for two
  kPage,        ///< a page of the past
};
inline constexpr std::size_t kGoods = 6;

/// The price of a good: a rate for each level at which a buyer is counted. A burst of 0: the level
/// pays nothing.
struct Price {
  Rate member;                         ///< of one key, wherever it comes from
  std::array<Rate, kLevels> networks;  ///< of an address, its network, its site
  Rate all;                            ///< of all public addresses together
};

/// The price of each `Good`.
struct Prices {
  std::array<Price, kGoods> of;
  /// Networks that are not public may buy so many times as much.
  double lan_times = 10;

  /// All of them, so many times as high.
  Prices times(double factor) const;
};
/// The prices of a server on the open internet.
Prices usual_prices();

/// How much everybody has taken of what strangers could use up: rate limits by key, by address and
/// network, and of all public addresses together. An address that has taken none lately may use all
/// of the last limit, the others leave half of it.
///
/// Places among the members, nicknames and rooms for two leave records, so that a restart does not
/// refill their budgets (`charge`). It refills those of rooms and pages.
///
/// Memory: an entry for each payer below its burst, `kMostPayers` for each good and kind of payer;
/// where there are as many, see `BucketTable`. One thread at a time.
class Budgets {
 public:
  static constexpr std::size_t kMostPayers = 16'384;
  /// After this time without a purchase each budget is full.
  static constexpr Duration kLongest = std::chrono::hours(24);

  explicit Budgets(const Prices& prices);

  /// Buys one, if all who pay can afford it: returns nothing. Otherwise returns how long the
  /// poorest one must wait, and nothing is bought. The exempt pay nothing. `now` never goes
  /// backwards.
  std::optional<Duration> take(Good good, const Identity& by, Instant now);
  /// It was bought at `at`, before the first `take`; later purchases come later.
  void charge(Good good, const Identity& by, Instant at);

 private:
  struct Table {
    Bucket all;
    BucketTable<MemberKey> members{kMostPayers};
    BucketTable<Network> networks{kMostPayers};
  };
  /// Calls `use(bucket, tokens)` for each who pays; `tokens`: as many must be there.
  template <typename Use>
  void for_each_payer(Good good, const Identity& by, Instant now, Use use);

  Prices prices_;
  std::array<Table, kGoods> tables_;
};

}  // namespace palabre::chat
