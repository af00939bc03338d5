#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/ids.h"
#include "chat/message.h"
#include "chat/names.h"
#include "client/outcome.h"

namespace palabre::client {

/// Posts that have no answer yet, in the order in which they were written, however often the link
/// breaks. Pure.
///
/// Several are under way at once, and still an author's order is certain: a server takes the posts
/// of a session in the order in which they are sent, and one that it refuses for the moment holds
/// up all that follow it until it comes again. Here, after such a refusal nothing more is sent
/// until everything under way is answered and a pause is over; then it goes on from the first one
/// that is left.
class Outbox {
 public:
  /// Beyond either a post is refused, in words for whoever wrote it.
  static constexpr std::size_t kMostPosts = 4096;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  /// Under way at once.
  static constexpr std::size_t kMostUnderWay = 512;
  static constexpr Duration kFirstPause = std::chrono::milliseconds(200);
  static constexpr Duration kLongestPause = std::chrono::seconds(5);

  struct Post {
    PostId post;
    chat::RoomName room;
    chat::Kind kind = chat::Kind::kText;
    std::string text;
    bool is_under_way = false;
    bool was_sent_before = false;  ///< on a link that is gone, and not refused since
    bool may_be_kept = false;      ///< it was sent on a link that is gone: the answer is lost
    bool is_put_off = false;       ///< on this link: the server takes no other before it
    Instant sent_at;
  };

  /// `prefix` begins the name of every post (`id_of`): what no other session of the author uses.
  explicit Outbox(std::string prefix) : prefix_(std::move(prefix)) {}

  Result<PostId> add(const chat::RoomName& room, chat::Kind kind, std::string text);

  /// The one that is next to go out. Nothing: none waits, enough are under way, or there is a
  /// pause. Valid until the next call.
  const Post* next(Instant now);
  /// It is on its way. Requires that there is a `next`.
  void sent(Instant now);
  std::string id_of(PostId post) const;
  /// Of an id that some server says; nothing where it is none of a post that waits.
  std::optional<PostId> find(std::string_view id) const;

  /// It has its answer and is taken out. Requires that it is there (`find`).
  Post take(PostId post);
  /// Refused for the moment. Requires that it is there.
  void put_off(PostId post, Instant now);
  /// The link is gone, and nothing is under way.
  void interrupt();
  /// Takes out those for rooms of which this is so; but those that are under way, and those that
  /// were put off on this link, for which the server waits.
  std::vector<Post> give_up(const std::function<bool(const chat::RoomName&)>& is_left);
  /// Those for `from` are for `to`.
  void rename(const chat::RoomName& from, const chat::RoomName& to);

  bool is_empty() const { return posts_.empty(); }
  std::size_t size() const { return posts_.size(); }
  /// How many were sent, on this link or an earlier one, and may be kept for all that is known. Of
  /// the others the server has never heard, or has refused them.
  std::size_t in_doubt() const;
  /// Whether one for this room was sent on an earlier link, so that it may be there already.
  bool may_be_known(const chat::RoomName& room) const;
  /// When the oldest one under way was sent.
  std::optional<Instant> under_way_since() const;
  /// When `next` gives more again without a further answer.
  std::optional<Instant> next_deadline() const;

 private:
  std::deque<Post>::iterator at(PostId post);
  std::deque<Post>::iterator first_waiting();

  std::string prefix_;
  std::uint64_t last_ = 0;
  std::deque<Post> posts_;
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;
  std::size_t window_ = kMostUnderWay;
  bool is_put_off_ = false;
  Duration pause_ = kFirstPause;
  Instant paused_until_;
};

}  // namespace palabre::client
