#include "framework/autograd/var.h"

#include <algorithm>
#include <atomic>
#include <queue>

#include "framework/autograd/reads.h"
#include "framework/scope.h"

namespace fno {
namespace {
thread_local bool recording = true;
std::atomic<std::uint64_t> created = 0;  // one count for all threads: a graph may be handed from one to another
thread_local Reads* reads = nullptr;
}  // namespace

Recording::Recording(bool on) : before_(recording) { recording = on; }
Recording::~Recording() { recording = before_; }

Reads::Reads() : before_(reads) { reads = this; }
Reads::~Reads() { reads = before_; }

Var::Var(Tensor value, bool wants_grad) : state_(std::make_shared<State>()) {
  state_->value = std::move(value);
  state_->wants_grad = wants_grad;
  state_->order = created.fetch_add(1, std::memory_order_relaxed) + 1;
}

Var::State::~State() {
  if (!node) return;
  // The inputs of a node may be the last handles to theirs, and so on: a stack frame each would overflow.
  thread_local std::vector<std::unique_ptr<Node>>* open = nullptr;
  if (open != nullptr) {
    open->push_back(std::move(node));
    return;
  }
  std::vector<std::unique_ptr<Node>> nodes;
  open = &nodes;
  nodes.push_back(std::move(node));
  while (!nodes.empty()) {
    const std::unique_ptr<Node> last = std::move(nodes.back());
    nodes.pop_back();
  }
  open = nullptr;
}

void Var::set_value(Tensor value) const {
  const Tensor& old = state().value;
  require<ErrorKind::config>(is_leaf(), "set_value: the value ", old, " was computed; only leaves take another");
  require<ErrorKind::config>(value.defined() && value.shape() == old.shape() && value.device() == old.device() &&
                                 is_complex(value.dtype()) == is_complex(old.dtype()),
                             "set_value: found ", value, ", accepted: ", old, " or its other precision");
  state_->value = std::move(value);
}

bool Grads::wants(std::size_t i) const { return i < inputs_.size() && inputs_[i].wants_grad(); }

void Grads::add(std::size_t i, const Tensor& grad) const {
  if (!wants(i)) return;
  const Var& input = inputs_[i];
  require<ErrorKind::config>(grad.shape() == input.shape() && grad.dtype() == input.dtype(), "backward: gradient ",
                             grad, " for a value ", input.value());
  require<ErrorKind::config>(!input.state_->spent, "backward: the graph behind a value ", input.value(),
                             " was freed by an earlier pass; add the losses up before");
  Tensor& total = input.state_->grad;
  if (!total.defined()) {
    total = grad;
    return;
  }
  with_real(grad.dtype(), [&]<class T>(T) {
    // A first gradient may be shared with another input (both sides of a sum get the same dy): then add into a copy.
    if (!total.sole_owner()) total = total.clone();
    const std::int64_t reals = grad.size() * (is_complex(grad.dtype()) ? 2 : 1);
    grad.device().run(Scale<T>{.x = grad.data<T>(), .y = total.data<T>(), .a = 1, .b = 1, .c = 0, .n = reals});
  });
}

Var record(Tensor value, std::vector<Var> inputs, BackwardFn backward) {
  if (reads)
    std::ranges::copy_if(inputs, std::back_inserter(reads->found_), [](const Var& v) { return v.wants_grad(); });
  const bool wanted = recording && std::ranges::any_of(inputs, [](const Var& v) { return v.wants_grad(); });
  Var y(std::move(value), wanted);
  if (!wanted) return y;
  y.state_->node = std::make_unique<Var::Node>(Var::Node{std::move(inputs), std::move(backward), Scope::current()});
  for (const Var& input : y.state_->node->inputs)
    y.state_->node->versions.emplace_back(input.defined() ? input.value() : Tensor());
  return y;
}

void backward(const Var& y, const Tensor& dy) {
  require<ErrorKind::config>(
      y.wants_grad(),
      "backward: nothing that leads to this value wants a gradient (a gradient itself is a constant: "
      "there are no second derivatives)");
  require<ErrorKind::config>(dy.shape() == y.shape() && dy.dtype() == y.dtype(), "backward: gradient ", dy,
                             " for a value ", y.value());
  require<ErrorKind::config>(y.state_->node != nullptr, "backward: the value ", y.value(),
                             " is a leaf, or its graph was freed by an earlier pass");
  const ErrorContext reverse([](std::ostream& words) { words << "computing gradients in the reverse pass"; });
  const auto later = [](const Var& a, const Var& b) { return a.state_->order < b.state_->order; };
  std::priority_queue<Var, std::vector<Var>, decltype(later)> pending(later);
  std::vector<std::pair<Var, std::string>> leaves;  // with the scope of what gave the gradient
  y.state_->grad = dy;
  pending.push(y);
  while (!pending.empty()) {
    const Var v = pending.top();
    pending.pop();
    if (!v.state_->node) continue;  // reached twice and done already
    const std::unique_ptr<Var::Node> node = std::move(v.state_->node);
    const Tensor grad = std::move(v.state_->grad);
    v.state_->grad = Tensor();
    v.state_->spent = true;
    for (std::size_t i = 0; i < node->inputs.size(); ++i)
      require<ErrorKind::config>(
          !node->inputs[i].defined() || !node->versions[i].overwritten_in(node->inputs[i].value()),
          "backward: a value ", node->inputs[i].defined() ? node->inputs[i].value() : Tensor(),
          " was overwritten after an op had read it; its gradient would be that of other values");
    const Scope scope(node->scope);
    node->backward(grad, Grads(node->inputs));
    for (const Var& input : node->inputs) {
      if (!input.wants_grad() || !input.has_grad()) continue;
      if (input.state_->node)
        pending.push(input);
      else
        leaves.emplace_back(input, node->scope);
    }
  }
  // Two leaves of a sum got the same tensor, or that of the caller. Clipping works in place, so each needs its own.
  for (const auto& [leaf, name] : leaves) {
    const Scope scope(name);
    if (!leaf.grad().sole_owner()) leaf.state_->grad = leaf.grad().clone();
  }
}

void backward(const Var& loss) {
  require<ErrorKind::config>(loss.value().size() == 1, "backward: a loss is one number, not ", loss.value());
  backward(loss, Tensor::full(loss.shape(), loss.dtype(), loss.device(), 1.0));
}

}  // namespace fno
