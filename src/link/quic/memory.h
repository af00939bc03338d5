#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstddef>

namespace palabre::link {

/// The allocations of the library for one connection; whatever is left at its end is freed. ngtcp2
/// 0.12 leaks memory on each connection that has lost packets: on bad networks a server would grow
/// without bound. Not movable; one thread.
class QuicMemory {
 public:
  QuicMemory();
  ~QuicMemory();
  QuicMemory(const QuicMemory&) = delete;
  QuicMemory& operator=(const QuicMemory&) = delete;

  /// The allocator for the library. Everything made with it must be destroyed before this object.
  const ngtcp2_mem* get() const { return &calls_; }

 private:
  /// Header of each allocation, with the same alignment as the memory after it.
  struct alignas(std::max_align_t) Block {
    Block* next;
    Block* previous;
  };

  void* allocate(std::size_t bytes);
  void* reallocate(void* memory, std::size_t bytes);
  static void release(void* memory);

  static void link(Block& block, Block& after);
  static void unlink(const Block& block);
  static Block* block_of(void* memory) { return static_cast<Block*>(memory) - 1; }

  Block blocks_;  // the sentinel of a ring of all blocks
  ngtcp2_mem calls_;
};

}  // namespace palabre::link
