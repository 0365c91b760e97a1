#include "runtime/microkernel.h"

namespace edgert {

MicrokernelNode::MicrokernelNode(Isa isa, const void* ops, const MicrokernelNode** head)
    : isa_(isa), ops_(ops), next_(*head) {
  *head = this;
}

}  // namespace edgert
