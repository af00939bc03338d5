#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string_view>

#include "link/link.h"

namespace palabre::link {

/// The bytes of a link from `push` until the peer has acknowledged them: QUIC may have to resend
/// any of them. Unbounded by itself, see `Link::room`.
class SendQueue {
 public:
  void push(Chunk chunk);

  /// Bytes not acknowledged, written or not.
  std::size_t held() const { return held_; }
  bool has_unwritten() const { return next_ < chunks_.size(); }

  /// Fills `pieces` with the next bytes to write; returns how many pieces are filled.
  std::size_t gather(std::span<std::string_view> pieces) const;
  /// `bytes` of the gathered ones have been written into packets.
  void on_written(std::size_t bytes);
  /// The next `bytes`, in stream order, have been acknowledged.
  void on_acknowledged(std::size_t bytes);

 private:
  std::deque<Chunk> chunks_;
  std::size_t held_ = 0;
  std::size_t acknowledged_ = 0;  ///< bytes of the first chunk
  std::size_t next_ = 0;          ///< the first chunk that is not completely written
  std::size_t written_ = 0;       ///< bytes of that chunk
};

}  // namespace palabre::link
