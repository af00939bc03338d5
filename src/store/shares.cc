#include "store/shares.h"

#include <algorithm>
#include <utility>

#include "base/result.h"
#include "store/retention.h"

namespace palabre::store {
namespace {

constexpr std::size_t kFew = 256;

/// Calls `each` with the share of the owner, and with that of the network if there is one.
template <typename Each>
void for_each_share(const Source& by, Each each) {
  each(Who{Who::Kind::kOwner, by.owner});
  if (by.network != 0) each(Who{Who::Kind::kNetwork, by.network});
}

std::int64_t measured(const Weight& weight, Shares::Measure by) {
  return by == Shares::Measure::kBytes ? weight.bytes : weight.messages;
}

}  // namespace

SqlResult<Shares> Shares::over(Database& database) {
  Statements made;
  const std::string select = kSelectShares;
  TRY(made.find, database.prepare((select + " WHERE kind=? AND who=? AND room=?").c_str()));
  TRY(made.write, database.prepare("INSERT OR REPLACE INTO share(kind, who, room, bytes, messages,"
                                   " since, hash) VALUES(?,?,?,?,?,?,?)"));
  TRY(made.remove, database.prepare("DELETE FROM share WHERE kind=? AND who=? AND room=?"));
  TRY(made.by_bytes, database.prepare(heaviest_sql(Measure::kBytes).c_str()));
  TRY(made.by_messages, database.prepare(heaviest_sql(Measure::kMessages).c_str()));
  TRY(made.rooms_of, database.prepare((select + " WHERE kind=? AND who=? AND room>0").c_str()));
  TRY(made.any_network,
      // By the primary key it would walk all rooms' shares of the range.
      database.prepare("SELECT 1 FROM share INDEXED BY share_by_bytes"
                       " WHERE room=? AND kind=1 AND who BETWEEN ? AND ? LIMIT 1"));
  return Shares(std::move(made));
}

std::string Shares::heaviest_sql(Measure by) {
  const std::string measure = by == Measure::kBytes ? "bytes" : "messages";
  return kSelectShares + (" WHERE room=? AND kind=? ORDER BY " + measure) + " DESC, who LIMIT 1";
}

const Shares::Pending* Shares::pending_of(std::int64_t room) const {
  if (room == 0) return &pending_in_all_;
  const auto found = pending_.find(room);
  return found == pending_.end() ? nullptr : &found->second;
}

void Shares::add(std::int64_t room, const Source& by, std::uint64_t bytes, std::int64_t kept_at) {
  const Weight weight{static_cast<std::int64_t>(bytes), 1};
  ++uncounted_;
  Pending& pending = pending_[room];
  for_each_share(by, [&](const Who& who) {
    pending.try_emplace(who, Added{{}, kept_at}).first->second.weight += weight;
    pending_in_all_.try_emplace(who, Added{{}, kept_at}).first->second.weight += in_all(weight);
  });
}

void Shares::lighten(std::int64_t room, const Source& by, std::uint64_t bytes) {
  const Weight less{-static_cast<std::int64_t>(bytes), 0};
  for_each_share(by, [&](const Who& who) {
    pending_[room][who].weight += less;
    pending_in_all_[who].weight += less;
  });
}

std::vector<std::int64_t> Shares::uncounted_rooms() const {
  std::vector<std::int64_t> rooms;
  rooms.reserve(pending_.size());
  for (const auto& [room, pending] : pending_) rooms.push_back(room);
  return rooms;
}

SqlResult<void> Shares::store(std::int64_t room) {
  const Pending* const pending = pending_of(room);
  if (pending == nullptr) return {};
  for (const auto& [who, added] : *pending) {
    TRY(change(who, room, added));
    TRY(change(who, 0, {in_all(added.weight), added.since}));
  }
  return {};
}

void Shares::stored(std::int64_t room) {
  const auto found = pending_.find(room);
  if (found == pending_.end()) return;
  for (const auto& [who, added] : found->second) {
    const auto all = pending_in_all_.find(who);
    if (all == pending_in_all_.end()) continue;
    all->second.weight += -in_all(added.weight);
    if (who.kind == Who::Kind::kOwner)
      uncounted_ -= static_cast<std::size_t>(added.weight.messages);
    if (all->second.weight.messages == 0) pending_in_all_.erase(all);
  }
  pending_.erase(found);
  is_slow_ = false;
}

void Shares::Parts::add(const Source& by, const Weight& weight) {
  for_each_share(by, [&](const Who& who) { parts_[who] += weight; });
}

SqlResult<void> Shares::subtract(std::int64_t room, const Parts& parts) {
  for (const auto& [who, weight] : parts.parts_) {
    TRY(change(who, room, {-weight, 0}));
    TRY(change(who, 0, {-in_all(weight), 0}));
  }
  return {};
}

SqlResult<void> Shares::forget(const Who& who, std::int64_t room) {
  TRY(const auto row, find(who, room));
  if (!row) return {};
  TRY(change(who, room, {-row->weight, 0}));
  return change(who, 0, {-in_all(row->weight), 0});
}

SqlResult<std::optional<ShareRow>> Shares::find(const Who& who, std::int64_t room) {
  Statement& find = statements_.find;
  find.bind(1, static_cast<std::int64_t>(who.kind)).bind(2, who.id).bind(3, room);
  TRY(const auto found, find.step());
  const auto row = found ? read_share(find, hasher_) : std::nullopt;
  find.reset();
  return row;
}

SqlResult<void> Shares::change(const Who& who, std::int64_t room, const Added& by) {
  TRY(const auto found, find(who, room));
  // A damaged row begins anew: too light a share costs nobody else a message.
  ShareRow row = found.value_or(ShareRow{who, room, {}, by.since});
  row.weight += by.weight;
  row.weight.bytes = std::max<std::int64_t>(row.weight.bytes, 0);
  const auto kind = static_cast<std::int64_t>(who.kind);
  if (row.weight.messages <= 0) {
    return statements_.remove.bind(1, kind).bind(2, who.id).bind(3, room).run();
  }
  const Hash hash = hasher_.of(row);
  return statements_.write.bind(1, kind)
      .bind(2, who.id)
      .bind(3, room)
      .bind(4, row.weight.bytes)
      .bind(5, row.weight.messages)
      .bind(6, row.since)
      .bind_bytes(7, view_of(hash))
      .run();
}

SqlResult<std::optional<Shares::Heaviest>> Shares::top(std::int64_t room, Who::Kind kind,
                                                       Measure by) {
  Statement& find = by == Measure::kBytes ? statements_.by_bytes : statements_.by_messages;
  TRY(const auto found, find.bind(1, room).bind(2, static_cast<std::int64_t>(kind)).step());
  const auto row = found ? read_share(find, hasher_) : std::nullopt;
  find.reset();
  if (!row) return std::nullopt;
  return Heaviest{row->who, row->weight};
}

SqlResult<std::optional<Shares::Heaviest>> Shares::heaviest(std::int64_t room, Measure by) {
  std::optional<Heaviest> heaviest;
  const auto rank = [by](const Heaviest& one) {
    return std::pair{measured(one.weight, by), one.who.kind};
  };
  const auto consider = [&](const Heaviest& one) {
    if (!heaviest || rank(one) > rank(*heaviest)) heaviest = one;
  };
  for (const auto kind : {Who::Kind::kOwner, Who::Kind::kNetwork}) {
    TRY(const auto one, top(room, kind, by));
    if (one) consider(*one);
  }
  const Pending* const pending = pending_of(room);
  if (pending == nullptr) return heaviest;
  is_slow_ = is_slow_ || pending->size() > kFew;
  for (const auto& [who, added] : *pending) {
    TRY(const auto counted, find(who, room));
    Heaviest one{who, added.weight};
    if (counted) one.weight += counted->weight;
    consider(one);
  }
  return heaviest;
}

SqlResult<std::optional<std::int64_t>> Shares::since(std::int64_t owner) {
  const Who who{Who::Kind::kOwner, owner};
  TRY(const auto counted, find(who, 0));
  if (counted) return counted->since;
  const auto added = pending_in_all_.find(who);
  if (added == pending_in_all_.end()) return std::nullopt;
  return added->second.since;
}

SqlResult<std::optional<std::int64_t>> Shares::largest_room_of(const Who& who) {
  std::optional<ShareRow> largest;
  Statement& find = statements_.rooms_of;
  find.bind(1, static_cast<std::int64_t>(who.kind)).bind(2, who.id);
  while (true) {
    TRY(const auto more, find.step());
    if (!more) break;
    const auto row = read_share(find, hasher_);
    if (row && (!largest || row->weight.bytes > largest->weight.bytes)) largest = row;
  }
  return largest ? std::optional(largest->room) : std::nullopt;
}

SqlResult<bool> Shares::may_have(std::int64_t room, std::int64_t owner,
                                 const NetworkRange& networks) {
  if (pending_.contains(room)) return true;
  if (owner != 0) {
    Statement& own = statements_.find;  // a damaged row counts too
    own.bind(1, static_cast<std::int64_t>(Who::Kind::kOwner)).bind(2, owner).bind(3, room);
    TRY(const auto found, own.step());
    own.reset();
    if (found) return true;
  }
  if (networks.last < networks.first) return false;
  Statement& any = statements_.any_network;
  TRY(const auto found, any.bind(1, room).bind(2, networks.first).bind(3, networks.last).step());
  any.reset();
  return found;
}

namespace {

SqlResult<std::unordered_map<std::int64_t, std::uint64_t>> ids_by_room(Database& database) {
  std::unordered_map<std::int64_t, std::uint64_t> ids;
  TRY(auto posted, database.prepare("SELECT room FROM posted"));
  while (true) {
    TRY(const auto more, posted.step());
    if (!more) return ids;
    ++ids[posted.integer(0)];
  }
}

SqlResult<std::vector<RoomRow>> sound_rooms(Database& database, RowHasher& hasher) {
  std::vector<RoomRow> rows;
  TRY(auto rooms, database.prepare(kSelectRooms));
  while (true) {
    TRY(const auto more, rooms.step());
    if (!more) return rows;
    ReadRoom room = read_room(rooms, hasher);
    // A damaged row stays as it is, for `load` to refuse.
    if (room.sound) rows.push_back(std::move(room.row));
  }
}

}  // namespace

SqlResult<void> count_what_is_there(Database& database) {
  RowHasher hasher;
  TRY(const auto ids, ids_by_room(database));
  TRY(const auto rows, sound_rooms(database, hasher));
  TRY(auto update, database.prepare("UPDATE room SET counted=?, ids=?, hash=? WHERE id=?"));
  TRY(auto write, database.prepare("INSERT INTO share VALUES(0, 0, ?, ?, ?, 0, ?)"));
  const auto add = [&](std::int64_t room, const Weight& weight) {
    const Hash hash = hasher.of(ShareRow{{}, room, weight, 0});
    return write.bind(1, room)
        .bind(2, weight.bytes)
        .bind(3, weight.messages)
        .bind_bytes(4, view_of(hash))
        .run();
  };
  Weight all;
  for (RoomRow row : rows) {
    const auto known = ids.find(row.id);
    if (known != ids.end()) row.ids = known->second;
    row.counted = row.next - 1;
    const Hash hash = hasher.of(row);
    TRY(update.bind(1, row.counted)
            .bind(2, row.ids)
            .bind_bytes(3, view_of(hash))
            .bind(4, row.id)
            .run());
    if (row.messages() == 0 || is_for_good(row.name)) continue;
    const Weight weight{static_cast<std::int64_t>(row.bytes),
                        static_cast<std::int64_t>(row.messages())};
    TRY(add(row.id, weight));
    all += in_all(weight);
  }
  if (all.messages == 0) return {};
  return add(0, all);
}

}  // namespace palabre::store
