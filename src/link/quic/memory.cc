#include "link/quic/memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

// The library is in C: it resizes allocations, and handles a null result.
// NOLINTBEGIN(cppcoreguidelines-no-malloc)

namespace palabre::link {

QuicMemory::QuicMemory() : blocks_{&blocks_, &blocks_} {
  calls_.user_data = this;
  calls_.malloc = [](std::size_t bytes, void* self) {
    return static_cast<QuicMemory*>(self)->allocate(bytes);
  };
  calls_.free = [](void* memory, void* /*self*/) { release(memory); };
  calls_.calloc = [](std::size_t count, std::size_t bytes, void* self) -> void* {
    if (bytes != 0 && count > SIZE_MAX / bytes) return nullptr;
    void* const memory = static_cast<QuicMemory*>(self)->allocate(count * bytes);
    if (memory != nullptr) std::memset(memory, 0, count * bytes);
    return memory;
  };
  calls_.realloc = [](void* memory, std::size_t bytes, void* self) {
    return static_cast<QuicMemory*>(self)->reallocate(memory, bytes);
  };
}

QuicMemory::~QuicMemory() {
  for (Block* block = blocks_.next; block != &blocks_;) {
    Block* const next = block->next;
    std::free(block);
    block = next;
  }
}

void* QuicMemory::allocate(std::size_t bytes) {
  if (bytes > SIZE_MAX - sizeof(Block)) return nullptr;
  auto* const block = static_cast<Block*>(std::malloc(sizeof(Block) + bytes));
  if (block == nullptr) return nullptr;
  link(*block, blocks_);
  return block + 1;
}

void* QuicMemory::reallocate(void* memory, std::size_t bytes) {
  if (memory == nullptr) return allocate(bytes);
  if (bytes > SIZE_MAX - sizeof(Block)) return nullptr;
  Block* const old = block_of(memory);
  Block& after = *old->previous;
  unlink(*old);
  auto* const block = static_cast<Block*>(std::realloc(old, sizeof(Block) + bytes));
  link(block == nullptr ? *old : *block, after);
  return block == nullptr ? nullptr : block + 1;
}

void QuicMemory::release(void* memory) {
  if (memory == nullptr) return;
  Block* const block = block_of(memory);
  unlink(*block);
  std::free(block);
}

void QuicMemory::link(Block& block, Block& after) {
  block.next = after.next;
  block.previous = &after;
  after.next->previous = &block;
  after.next = &block;
}

void QuicMemory::unlink(const Block& block) {
  block.previous->next = block.next;
  block.next->previous = block.previous;
}

}  // namespace palabre::link

// NOLINTEND(cppcoreguidelines-no-malloc)
