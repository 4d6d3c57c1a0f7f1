// Prints size ("sizeof") and offsets of every struct that src/Ilab.Native.Llama and src/Ilab.Native.OneDnn mirror, from the headers of
// the pinned llama.cpp. A member of a nested struct goes by its own name.
#include <stddef.h>
#include <stdio.h>
#include "llama.h"
#include "ggml-backend-impl.h"
#include "ggml-impl.h"

static int first_struct = 1, first_field;
#define STRUCT(type) (printf("%s\n  \"%s\": {\n    \"sizeof\": %zu", first_struct ? "" : "\n  },", #type, sizeof(struct type)), first_struct = 0)
#define NESTED(type, outer, field) printf(",\n    \"%s\": %zu", #field, offsetof(struct type, outer.field))
#define FIELD(type, field) printf(",\n    \"%s\": %zu", #field, offsetof(struct type, field))

int main(void) {
    (void)first_field;
    printf("{");
    STRUCT(llama_model_params);
#define M(f) FIELD(llama_model_params, f)
    M(devices); M(tensor_buft_overrides); M(n_gpu_layers); M(split_mode); M(load_mode); M(lazy_mode); M(main_gpu); M(tensor_split); M(progress_callback);
    M(progress_callback_user_data); M(kv_overrides); M(vocab_only); M(check_tensors); M(use_extra_bufts); M(no_host); M(no_alloc); M(load_mtp);
    STRUCT(llama_context_params);
#define C(f) FIELD(llama_context_params, f)
    C(n_ctx); C(n_batch); C(n_ubatch); C(n_seq_max); C(n_rs_seq); C(n_outputs_max); C(n_outputs_max_per_seq); C(n_threads); C(n_threads_batch); C(ctx_type);
    C(rope_scaling_type); C(pooling_type); C(attention_type); C(flash_attn_type); C(rope_freq_base); C(rope_freq_scale); C(yarn_ext_factor); C(yarn_attn_factor);
    C(yarn_beta_fast); C(yarn_beta_slow); C(yarn_orig_ctx); C(defrag_thold); C(cb_eval); C(cb_eval_user_data); C(type_k); C(type_v); C(abort_callback);
    C(abort_callback_data); C(embeddings); C(offload_kqv); C(no_perf); C(op_offload); C(swa_full); C(kv_unified); C(samplers); C(n_samplers); C(ctx_other);
    STRUCT(llama_batch);
#define B(f) FIELD(llama_batch, f)
    B(n_tokens); B(token); B(embd); B(pos); B(n_seq_id); B(seq_id); B(logits);
    STRUCT(llama_sampler_chain_params);
    FIELD(llama_sampler_chain_params, no_perf);
    STRUCT(llama_logit_bias);
    FIELD(llama_logit_bias, token); FIELD(llama_logit_bias, bias);
    STRUCT(ggml_threadpool_params);
#define T(f) FIELD(ggml_threadpool_params, f)
    T(cpumask); T(n_threads); T(prio); T(poll); T(strict_cpu); T(paused);
    STRUCT(ggml_tensor);
#define G(f) FIELD(ggml_tensor, f)
    G(type); G(buffer); G(ne); G(nb); G(op); G(op_params); G(flags); G(src); G(view_src); G(view_offs); G(data); G(name); G(extra); G(padding);
    STRUCT(ggml_type_traits);
#define Y(f) FIELD(ggml_type_traits, f)
    Y(type_name); Y(blck_size); Y(blck_size_interleave); Y(type_size); Y(is_quantized); Y(to_float); Y(from_float_ref);
    STRUCT(ggml_init_params);
    FIELD(ggml_init_params, mem_size); FIELD(ggml_init_params, mem_buffer); FIELD(ggml_init_params, no_alloc);
    STRUCT(llama_model_quantize_params);
#define Q(f) FIELD(llama_model_quantize_params, f)
    Q(nthread); Q(ftype); Q(output_tensor_type); Q(token_embedding_type); Q(allow_requantize); Q(quantize_output_tensor); Q(only_copy); Q(pure); Q(keep_split);
    Q(dry_run); Q(imatrix); Q(kv_overrides); Q(tt_overrides); Q(prune_layers); Q(max_buf_size);
    STRUCT(llama_model_imatrix_data);
#define I(f) FIELD(llama_model_imatrix_data, f)
    I(name); I(data); I(size);
    STRUCT(ggml_cgraph);
#define H(f) FIELD(ggml_cgraph, f)
    H(size); H(n_nodes); H(n_leafs); H(nodes); H(grads); H(grad_accs); H(leafs); H(use_counts); H(visited_hash_set); H(order); H(uid);
    STRUCT(ggml_backend_reg);
    FIELD(ggml_backend_reg, api_version);
#define R(f) NESTED(ggml_backend_reg, iface, f)
    R(get_name); R(get_device_count); R(get_device); R(get_proc_address);
    FIELD(ggml_backend_reg, context);
    STRUCT(ggml_backend_device);
#define D(f) NESTED(ggml_backend_device, iface, f)
    D(get_name); D(get_description); D(get_memory); D(get_type); D(get_props); D(init_backend); D(get_buffer_type); D(get_host_buffer_type);
    D(buffer_from_host_ptr); D(supports_op); D(supports_buft); D(offload_op); D(event_new); D(event_free); D(event_synchronize);
    FIELD(ggml_backend_device, reg); FIELD(ggml_backend_device, context);
    STRUCT(ggml_backend_dev_props);
#define P(f) FIELD(ggml_backend_dev_props, f)
    P(name); P(description); P(memory_free); P(memory_total); P(type); P(device_id);
#define K(f) NESTED(ggml_backend_dev_props, caps, f)
    K(async); K(host_buffer); K(buffer_from_host_ptr); K(events); K(mmap_support);
    STRUCT(ggml_backend);
    FIELD(ggml_backend, guid);
#define O(f) NESTED(ggml_backend, iface, f)
    O(get_name); O(free); O(set_tensor_async); O(get_tensor_async); O(set_tensor_2d_async); O(get_tensor_2d_async); O(cpy_tensor_async); O(synchronize);
    O(graph_plan_create); O(graph_plan_free); O(graph_plan_update); O(graph_plan_compute); O(graph_compute); O(event_record); O(event_wait); O(graph_optimize);
    FIELD(ggml_backend, device); FIELD(ggml_backend, context);
    printf("\n  }\n}\n");
    return 0;
}
