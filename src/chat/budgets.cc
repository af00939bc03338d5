#include "chat/budgets.h"

#include <algorithm>

namespace palabre::chat {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// So many at once, then one each `each`.
Rate every(double at_once, Duration each) {
  return {at_once, 1 / std::chrono::duration<double>(each).count()};
}

Bucket bucket_of(const Rate& rate) { return Bucket(std::max(rate.burst, 1.0), rate.per_second); }

}  // namespace

Prices usual_prices() {
  Prices prices;
  const auto price = [&](Good good) -> Price& {
    return prices.of.at(static_cast<std::size_t>(good));
  };
  // A class of 40 behind one address comes within a minute.
  price(Good::kKey) = {
      .member = {0, 1},
      .networks = {every(60, minutes(10)), every(120, minutes(5)), every(240, minutes(2))},
      .all = every(3000, seconds(10))};
  // A member has a rate of its own for nicknames, see `Registry::count_rename`.
  price(Good::kNick) = {
      .member = {0, 1},
      .networks = {every(60, minutes(2)), every(120, minutes(1)), every(240, seconds(30))},
      .all = every(3000, seconds(5))};
  price(Good::kRoomOpened) = {
      .member = every(30, seconds(20)),
      .networks = {every(120, seconds(5)), every(200, seconds(3)), every(300, seconds(2))},
      .all = every(3000, milliseconds(500))};
  price(Good::kRoomKept) = {
      .member = every(10, hours(1)),
      .networks = {every(40, minutes(30)), every(60, minutes(20)), every(100, minutes(10))},
      .all = every(1400, minutes(1))};
  price(Good::kDirect) = {
      .member = every(20, minutes(10)),
      .networks = {every(200, minutes(2)), every(300, minutes(1)), every(500, seconds(30))},
      .all = every(5000, seconds(5))};
  price(Good::kPage) = {.member = every(200, milliseconds(100)),
                        .networks = {every(1000, milliseconds(20)), every(1500, milliseconds(15)),
                                     every(2000, milliseconds(10))},
                        .all = every(10000, milliseconds(2))};
  return prices;
}

Prices Prices::times(double factor) const {
  Prices result = *this;
  for (Price& price : result.of) {
    price.member = price.member.times(factor);
    for (Rate& rate : price.networks) rate = rate.times(factor);
    price.all = price.all.times(factor);
  }
  return result;
}

Budgets::Budgets(const Prices& prices)
    : prices_(prices), tables_{Table{bucket_of(prices.of[0].all)},
                               Table{bucket_of(prices.of[1].all)},
                               Table{bucket_of(prices.of[2].all)},
                               Table{bucket_of(prices.of[3].all)},
                               Table{bucket_of(prices.of[4].all)},
                               Table{bucket_of(prices.of[5].all)}} {}

template <typename Use>
void Budgets::for_each_payer(Good good, const Identity& by, Instant now, Use use) {
  const Price& price = prices_.of.at(static_cast<std::size_t>(good));
  Table& table = tables_.at(static_cast<std::size_t>(good));
  const bool is_public = by.reach == Reach::kPublic;
  if (by.key && price.member.burst > 0) use(table.members.of(*by.key, price.member, now), 1);
  bool is_newcomer = true;
  for (std::size_t level = 0; level < levels_of(by.ip); ++level) {
    const Rate rate = price.networks.at(level).times(is_public ? 1 : prices_.lan_times);
    if (rate.burst == 0) continue;
    Bucket& bucket = table.networks.of(Network::at_level(by.ip, level), rate, now);
    if (level == 0) is_newcomer = bucket.has(rate.burst, now);
    use(bucket, 1);
  }
  if (is_public && price.all.burst > 0) {
    use(table.all, is_newcomer ? 1 : price.all.burst / 2 + 1);
  }
}

std::optional<Duration> Budgets::take(Good good, const Identity& by, Instant now) {
  if (by.is_exempt) return std::nullopt;
  std::optional<Duration> longest;
  for_each_payer(good, by, now, [&](Bucket& bucket, double tokens) {
    if (bucket.has(tokens, now)) return;
    const Duration wait = bucket.ready_at(tokens) - now;
    longest = std::max(longest.value_or(wait), wait);
  });
  if (!longest) {
    for_each_payer(good, by, now, [&](Bucket& bucket, double /*tokens*/) { bucket.take(now); });
  }
  return longest;
}

void Budgets::charge(Good good, const Identity& by, Instant at) {
  for_each_payer(good, by, at, [&](Bucket& bucket, double /*tokens*/) { bucket.take(at); });
}

}  // namespace palabre::chat
