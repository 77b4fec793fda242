using EdgeFace.Agent.Visits;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Pipeline;

/// <summary>Embeds the chosen faces and lets the visits decide: embed, match, decide.</summary>
internal sealed class RecognizeStage(FaceEmbedder embedder, VisitBook visits, StageMeter embedMeter, StageMeter decideMeter)
{
    public void Process(FaceNews news)
    {
        try
        {
            switch (news.Kind)
            {
                case FaceNewsKind.Face:
                    Recognize(news);
                    break;
                case FaceNewsKind.TimeUp:
                    visits.TimeUp(news);
                    break;
                case FaceNewsKind.Gone:
                    visits.Gone(news);
                    break;
            }
        }
        finally
        {
            news.Release();
        }
    }

    private void Recognize(in FaceNews news)
    {
        Core.Faces.Embedding embedding;
        using (embedMeter.Start())
            embedding = embedder.Embed(news.Aligned!);
        using (decideMeter.Start())
            visits.Face(news, embedding);
    }
}
