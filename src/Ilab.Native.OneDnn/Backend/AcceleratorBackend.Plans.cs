using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Backend;

internal sealed unsafe partial class AcceleratorBackend
{
    private void PlanAttention(GgmlTensor* node, CallbackData* data, Precision precision)
    {
        var task = _arena.Take<AttentionTask>(1);
        AttentionNode.Describe(node, StepRows.Single, task);
        task->Precision = precision;
        _planner!.Plan(task, _arena.Take<AttentionLane>(_threads), _threads);
        task->Graph = _graph;
        data->Attention = task;
        data->Cells = StepRows.Single == 0 ? default : _cells.Work(node, StepRows.Single);
    }

    private void PlanProduct(CallbackData* data, WeightUse use, long rows)
    {
        if (use.Coded is { } coded && (rows < use.FloatRows || use.Packed is null || accelerator!.Strict))
        {
            data->Coded = _arena.Take<CodedTask>(1);
            *data->Coded = new CodedTask
            {
                Weights = coded.Data,
                Depth = coded.Depth,
                Columns = coded.Columns,
                Rows = rows,
                Offset = BlockCodes.Offset(coded.Type),
                HasMinimum = BlockCodes.HasMinimum(coded.Type),
            };
            _room.Ensure(CodedTask.RoomOf(rows, coded.Depth) * _threads);
            return;
        }

        var slices = _arena.Take<ProductSlice>(_threads);
        if (_planner is null)
        {
            throw new OneDnnException("there is no oneDNN");
        }

        data->Task.Depth = use.Source.Columns;
        data->Task.Columns = use.Source.Rows;
        data->Task.Precision = use.Source.Precision;
        if (use.Packed is { } packed)
        {
            _planner!.Plan(&data->Task, slices, rows, packed, _threads);
        }
        else
        {
            _planner!.Plan(&data->Task, slices, rows, use.Source, _threads);
        }
    }

    private void PlanExperts(GgmlTensor* node, CallbackData* data, PackedExperts experts)
    {
        var source = (GgmlTensor*)node->src[1];
        var chosen = (GgmlTensor*)node->src[2];
        var task = _arena.Take<ExpertTask>(1);
        task->Source = new Matrix { Choice = source->nb[1], Token = source->nb[2] };
        task->Target = new Matrix { Choice = node->nb[1], Token = node->nb[2] };
        task->Chosen = new Matrix { Choice = chosen->nb[0], Token = chosen->nb[1] };
        (task->SourceRows, task->Tokens, task->ChosenCount) = (source->ne[1], source->ne[2], chosen->ne[0]);
        _planner!.Plan(task, _arena.Take<ExpertLane>(_threads), experts, _threads);
        data->Experts = task;
    }
}
